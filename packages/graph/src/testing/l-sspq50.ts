import type { Graph, GraphNode, Parameter } from '../graph.js';
import { codes, floats, randomFrom, unitLevels } from './graphs.js';

const WIDTHS = [64, 128, 256, 512];
const BLOCKS = [3, 4, 6, 2];

/**
 * L-SSPQ50 for 224 × 224 (L-SSPQ §III-C) with any weights: 1-bit point-wise convolutions, float stem, real shifts,
 * classifier and batch norm, the last as the scale and bias of convolutions or, before an activation, of affine nodes;
 * activations of 4 bits.
 */
export function lSspq50(): Graph {
  return new Writer().write();
}

class Writer {
  readonly #random = randomFrom(50);
  readonly #nodes: GraphNode[] = [];
  readonly #parameters: Record<string, Parameter> = {};
  readonly #act = unitLevels(4);

  write(): Graph {
    this.#parameters['activations/thresholds'] = this.#act.thresholds;
    const stem = { kernel: this.#floats('stem/kernel', 7, 7, 3, 64), ...this.#norm('stem', 64) };
    let x = this.#add({ name: 'stem', op: 'conv2d', inputs: ['image'], ...stem, ...window(2, 3) });
    x = this.#add({ name: 'stem/relu', op: 'unary', inputs: [x], function: 'relu' });
    x = this.#add({ name: 'stem/pool', op: 'maxPool', inputs: [x], size: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] });
    let channels = 64;
    WIDTHS.forEach((width, group) => {
      for (let block = 0; block < BLOCKS[group]!; block++) {
        const strides = group > 0 && block === 0 ? 2 : 1;
        x = this.#block(`group${group + 1}/block${block + 1}`, x, channels, width, strides, block > 0);
        channels = 4 * width;
      }
      x = this.#normActivate(`group${group + 1}`, x, channels);
    });
    x = this.#pointwise('last/pointwise', x, channels, 512, 1, true);
    x = this.#activate('last/activation', x);
    x = this.#add({ name: 'classifier/pool', op: 'globalAveragePool', inputs: [x] });
    x = this.#activate('classifier/activation', x);
    const kernel = this.#floats('classifier/kernel', 512, 1000);
    x = this.#add({
      name: 'classifier',
      op: 'dense',
      inputs: [x],
      kernel,
      bias: this.#floats('classifier/bias', 1000),
    });
    return {
      inputs: [{ name: 'image', shape: [224, 224, 3] }],
      nodes: this.#nodes,
      outputs: [x],
      parameters: this.#parameters,
    };
  }

  #block(name: string, input: string, channels: number, width: number, strides: number, preactivated: boolean): string {
    let x = preactivated ? this.#normActivate(`${name}/preact`, input, channels) : input;
    x = this.#pointwise(`${name}/pointwise1`, x, channels, width, 1, true);
    x = this.#activate(`${name}/activation`, x);
    const real = this.#add({ name: `${name}/dequantize`, op: 'dequantize', inputs: [x] });
    const offsets = this.#floats(`${name}/shift/offsets`, 2, width);
    x = this.#add({ name: `${name}/shift`, op: 'activeShift', inputs: [real], offsets, strides: [strides, strides] });
    x = this.#pointwise(`${name}/pointwise2`, x, width, 4 * width, 1, true);
    const same = channels === 4 * width && strides === 1;
    const shortcut = same ? input : this.#pointwise(`${name}/shortcut`, input, channels, 4 * width, strides, false);
    return this.#add({ name: `${name}/add`, op: 'add', inputs: [x, shortcut] });
  }

  #pointwise(name: string, x: string, channels: number, filters: number, strides: number, norm: boolean): string {
    const kernel = codes(this.#random, 1, { integers: [-1, 1] }, 2, 1, 1, channels, filters);
    this.#parameters[`${name}/kernel`] = kernel;
    const epilogue = norm ? this.#norm(name, filters) : { scale: this.#floats(`${name}/scale`, 1) };
    const at = { name, op: 'conv2d', inputs: [x], kernel: `${name}/kernel` } as const;
    return this.#add({ ...at, ...epilogue, ...window(strides, 0) });
  }

  #norm(name: string, channels: number): { scale: string; bias: string } {
    return { scale: this.#floats(`${name}/scale`, channels), bias: this.#floats(`${name}/bias`, channels) };
  }

  #normActivate(name: string, x: string, channels: number): string {
    const norm = this.#add({
      name: `${name}/norm`,
      op: 'affine',
      inputs: [x],
      ...this.#norm(`${name}/norm`, channels),
    });
    return this.#activate(`${name}/activation`, norm);
  }

  #activate(name: string, x: string): string {
    const thresholds = 'activations/thresholds';
    return this.#add({ name, op: 'quantize', inputs: [x], thresholds, levels: this.#act.levels });
  }

  #floats(name: string, ...shape: number[]): string {
    this.#parameters[name] = floats(this.#random, ...shape);
    return name;
  }

  #add(node: GraphNode): string {
    this.#nodes.push(node);
    return node.name;
  }
}

function window(stride: number, pad: number) {
  return { strides: [stride, stride], pads: [pad, pad, pad, pad], dilations: [1, 1], groups: 1 } as const;
}
