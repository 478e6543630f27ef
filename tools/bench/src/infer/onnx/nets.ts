import { FloatNet } from './float-net.js';
import { Int8Net } from './int8-net.js';
import type { NetValue, NetWriter } from './net-writer.js';
import type { OnnxModel } from './products.js';

/** ResNet50: He et al. 2016, table 1, with the stride in the 3×3 convolution. */
function resnet50(net: NetWriter): NetValue {
  let x = net.maxPool(net.conv(net.input(), { filters: 64, size: 7, strides: 2, activation: 'relu' }));
  for (const [filters, blocks, first] of groups([64, 128, 256, 512], [3, 4, 6, 3])) {
    for (let block = 0; block < blocks; block++) {
      const strides = block === 0 ? first : 1;
      let y = net.conv(x, { filters, activation: 'relu' });
      y = net.conv(y, { filters, size: 3, strides, activation: 'relu' });
      y = net.conv(y, { filters: 4 * filters });
      x = net.add(y, block === 0 ? net.conv(x, { filters: 4 * filters, strides }) : x, 'relu');
    }
  }
  return net.dense(net.mean(x), 1000);
}

/** Two 3×3 convolutions a block, and a 1×1 beside them where the width changes: He et al. 2016. */
function basicBlocks(net: NetWriter, stem: NetValue, widths: readonly number[], blocks: readonly number[]): NetValue {
  let x = stem;
  for (const [filters, count, first] of groups(widths, blocks)) {
    for (let block = 0; block < count; block++) {
      const strides = block === 0 ? first : 1;
      const y = net.conv(x, { filters, size: 3, strides, activation: 'relu' });
      const same = x.shape[0] === filters && strides === 1;
      x = net.add(net.conv(y, { filters, size: 3 }), same ? x : net.conv(x, { filters, strides }), 'relu');
    }
  }
  return net.mean(x);
}

function resnet18(net: NetWriter): NetValue {
  const stem = net.maxPool(net.conv(net.input(), { filters: 64, size: 7, strides: 2, activation: 'relu' }));
  return net.dense(basicBlocks(net, stem, [64, 128, 256, 512], [2, 2, 2, 2]), 1000);
}

function resnet20(net: NetWriter): NetValue {
  const stem = net.conv(net.input(), { filters: 16, size: 3, activation: 'relu' });
  return net.dense(basicBlocks(net, stem, [16, 32, 64], [3, 3, 3]), 10);
}

/** MobileNetV2: Sandler et al. 2018, table 2. */
function mobileNetV2(net: NetWriter): NetValue {
  const rows = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const;
  const activation = 'relu6';
  let x = net.conv(net.input(), { filters: 32, size: 3, strides: 2, activation });
  for (const [expansion, filters, blocks, first] of rows) {
    for (let block = 0; block < blocks; block++) {
      const strides = block === 0 ? first : 1;
      const inner = expansion * x.shape[0]!;
      let y = expansion === 1 ? x : net.conv(x, { filters: inner, activation });
      y = net.conv(y, { filters: inner, size: 3, strides, groups: inner, activation });
      y = net.conv(y, { filters });
      x = strides === 1 && x.shape[0] === filters ? net.add(x, y, 'none') : y;
    }
  }
  return net.dense(net.mean(net.conv(x, { filters: 1280, activation })), 1000);
}

const NETS = {
  ResNet50: { write: resnet50, shape: [3, 224, 224] },
  ResNet18: { write: resnet18, shape: [3, 224, 224] },
  ResNet20: { write: resnet20, shape: [3, 32, 32] },
  MobileNetV2: { write: mobileNetV2, shape: [3, 224, 224] },
} as const;

export type OnnxNet = keyof typeof NETS;

const FORMS = { float: FloatNet, int8: Int8Net } as const;

/** How a net of ONNX Runtime computes. */
export type OnnxForm = keyof typeof FORMS;

/** A net with random weights, for one image. */
export function onnxNet(name: OnnxNet, form: OnnxForm): OnnxModel {
  const { write, shape } = NETS[name];
  const net = new FORMS[form](shape);
  return { file: net.finish(write(net)), type: 'float32', shape: [1, ...shape] };
}

/** Of each group its width, its blocks, and the stride of the first. */
function groups(widths: readonly number[], blocks: readonly number[]): [number, number, number][] {
  return widths.map((width, i) => [width, blocks[i]!, i === 0 ? 1 : 2]);
}
