import { floatNoise } from './noise.js';
import { NetWriter, windowAttributes, type Activation, type ConvOptions, type NetValue } from './net-writer.js';

/** A net in float32. */
export class FloatNet extends NetWriter {
  input(): NetValue {
    return { name: 'x', shape: this.inputShape, isPositive: false };
  }

  conv(x: NetValue, options: ConvOptions): NetValue {
    const { kernel, attributes, shape } = this.window(x, options);
    const inputs = [x.name, this.#weights(kernel), this.#zeros(kernel[0])];
    return this.#activated(this.node('Conv', inputs, { attributes }), shape, options.activation);
  }

  add(a: NetValue, b: NetValue, activation: Activation): NetValue {
    return this.#activated(this.node('Add', [a.name, b.name]), a.shape, activation);
  }

  maxPool(x: NetValue): NetValue {
    const name = this.node('MaxPool', [x.name], { attributes: windowAttributes(3, 2) });
    return { ...x, name, shape: this.pooled(x) };
  }

  mean(x: NetValue): NetValue {
    const name = this.node('Flatten', [this.node('GlobalAveragePool', [x.name])]);
    return { ...x, name, shape: [x.shape[0]!] };
  }

  dense(x: NetValue, units: number): NetValue {
    const inputs = [x.name, this.#weights([units, x.shape[0]!]), this.#zeros(units)];
    return { name: this.node('Gemm', inputs, { attributes: { transB: 1 } }), shape: [units], isPositive: false };
  }

  #activated(sum: string, shape: readonly number[], activation: Activation = 'none'): NetValue {
    if (activation === 'none') return { name: sum, shape, isPositive: false };
    const name =
      activation === 'relu' ? this.node('Relu', [sum]) : this.node('Clip', [sum, this.#number(0), this.#number(6)]);
    return { name, shape, isPositive: true };
  }

  /** He's variance: what comes out is as large as what goes in. */
  #weights(shape: readonly [number, ...number[]]): string {
    const size = shape.reduce((product, side) => product * side, 1);
    return this.tensor('float', shape, floatNoise(size, (2 * shape[0]) / size));
  }

  #zeros(size: number): string {
    return this.tensor('float', [size], new Float32Array(size));
  }

  #number(value: number): string {
    return this.tensor('float', [], Float32Array.of(value));
  }
}
