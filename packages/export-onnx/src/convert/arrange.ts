import { int64s } from '../tensors.js';
import { axisIn, shapeIn, type Layout, type Writer } from '../writer.js';
import type { Converters } from './converters.js';

/** Values put elsewhere, codes back to real numbers, and the mean along an axis. */
export const arrange: Pick<
  Converters,
  'quantize' | 'dequantize' | 'concat' | 'reshape' | 'transpose' | 'pad' | 'slice' | 'mean'
> = {
  quantize(writer, node) {
    const [x, layout] = same(writer, node);
    return [writer.dialect.quantize(writer, node, x), layout];
  },

  dequantize(writer, node) {
    const [x, layout] = same(writer, node);
    return [writer.real(node.inputs[0]!, x), layout];
  },

  concat(writer, node) {
    const layout = writer.layoutOf(node.inputs[0]!);
    const axes = writer.value(node.name).shape.length;
    const parts = node.inputs.map((name) => writer.read(name, layout));
    return [writer.add('Concat', parts, { axis: axisIn(layout, node.axis, axes) }), layout];
  },

  reshape: (writer, node) => [writer.reshape(writer.read(node.inputs[0]!, 'last'), [0, ...node.shape]), 'last'],

  transpose(writer, { inputs, permutation }) {
    return [writer.transpose(writer.read(inputs[0]!, 'last'), [0, ...permutation.map((axis) => axis + 1)]), 'last'];
  },

  pad(writer, node) {
    const [x, layout] = same(writer, node);
    const [top, left, bottom, right] = node.pads;
    const axes = writer.value(node.name).shape.length;
    const before = shapeIn(layout, [top, left, 0].slice(-axes));
    const after = shapeIn(layout, [bottom, right, 0].slice(-axes));
    return [writer.add('Pad', [x, writer.local('pads', int64s([0, ...before, 0, ...after]))]), layout];
  },

  slice(writer, node) {
    const [x, layout] = same(writer, node);
    const begin = shapeIn(layout, node.begin);
    const end = shapeIn(layout, node.size).map((size, axis) => begin[axis]! + size);
    const axes = begin.map((_, axis) => axis + 1);
    const bounds = Object.entries({ starts: begin, ends: end, axes });
    return [writer.add('Slice', [x, ...bounds.map(([name, list]) => writer.local(name, int64s(list)))]), layout];
  },

  mean(writer, node) {
    const [x] = node.inputs as [string];
    const axes = writer.local('axes', int64s([node.axis + 1]));
    const sum = writer.add('ReduceSum', [writer.read(x, 'last'), axes], { keepdims: 0 });
    return [writer.scaled('Div', sum, writer.value(x).shape[node.axis]!), 'last'];
  },
};

/** A node's input as it is. */
function same(writer: Writer, node: { readonly inputs: readonly string[] }): readonly [string, Layout] {
  const [x] = node.inputs as [string];
  const layout = writer.layoutOf(x);
  return [writer.read(x, layout), layout];
}
