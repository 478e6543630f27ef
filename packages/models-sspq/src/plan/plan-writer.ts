import { LowbitError } from '@lowbit/plugin-api';
import { INPUT, type Operation, type Plan, type PlanLayer, type Shape } from './node.js';

/** A value that a plan's layers compute: which layer it comes from, and its shape without the batch axis. */
export interface Value {
  readonly layer: string;
  readonly shape: Shape;
}

/** Writes down a model layer by layer; each call names the layer and gives back what it computes. */
export class PlanWriter {
  readonly #layers: PlanLayer[] = [];
  readonly #name: string;
  readonly input: Value;

  constructor(name: string, inputShape: Shape) {
    this.#name = name;
    this.input = { layer: INPUT, shape: inputShape };
  }

  /**
   * Adds one layer.
   *
   * @throws LowbitError a stride on a map that is only one pixel high or wide
   */
  add(name: string, operation: Operation, ...from: readonly [Value, ...Value[]]): Value {
    const inputs = from.map((value) => value.layer);
    const inputShapes = from.map((value) => value.shape);
    const shape = this.#outputShape(name, operation, from[0].shape);
    this.#layers.push({ ...operation, name, inputs, inputShapes, shape });
    return { layer: name, shape };
  }

  finish(): Plan {
    return { name: this.#name, inputShape: this.input.shape, layers: this.#layers };
  }

  #outputShape(name: string, operation: Operation, input: Shape): Shape {
    const channels = input.at(-1)!;
    switch (operation.op) {
      case 'conv':
        return [...this.#strided(name, input, operation.strides), operation.filters];
      case 'shift':
      case 'max-pool':
        return [...this.#strided(name, input, operation.strides), channels];
      case 'average-pool':
        return [channels];
      case 'dense':
        return [operation.units];
      default:
        return input;
    }
  }

  /** Every strided layer pads as TensorFlow's SAME does: ceil(size / stride). */
  #strided(layer: string, [height, width]: Shape, strides: number): [number, number] {
    if (strides > 1 && Math.min(height!, width!) < 2) {
      throw new LowbitError('config', {
        what: `the input is too small for the strides of '${this.#name}': layer '${layer}' halves a map of one pixel`,
        where: `model '${this.#name}'`,
        received: this.input.shape,
        hint: 'give larger inputs, or fewer groups (widths and blocks)',
      });
    }
    return [Math.ceil(height! / strides), Math.ceil(width! / strides)];
  }
}
