import { noise } from './noise.js';
import { NetWriter, windowAttributes, type Activation, type ConvOptions, type NetValue } from './net-writer.js';

/**
 * A net in int8, as ONNX Runtime's own quantizer and optimizer leave it: its integer kernels by name, activations uint8, a zero
 * point in the middle, or at 0 where a ReLU came before and is thereby done; weights int8 with a scale for each channel.
 */
export class Int8Net extends NetWriter {
  input(): NetValue {
    const value = { name: '', shape: this.inputShape, isPositive: false };
    return { ...value, name: this.node('QuantizeLinear', ['x', ...this.#quantization(value)]) };
  }

  conv(x: NetValue, options: ConvOptions): NetValue {
    const { kernel, attributes, shape } = this.window(x, options);
    const y = { name: '', shape, isPositive: (options.activation ?? 'none') !== 'none' };
    const [filters, ...rest] = kernel;
    const inputs = [x.name, ...this.#quantization(x), ...this.#weights(kernel, rest[0] * rest[1] * rest[2])];
    const name = this.node('QLinearConv', [...inputs, ...this.#quantization(y), this.#bias(filters)], { attributes });
    return { ...y, name };
  }

  add(a: NetValue, b: NetValue, activation: Activation): NetValue {
    const y = { name: '', shape: a.shape, isPositive: activation !== 'none' };
    const inputs = [a, b].flatMap((value) => [value.name, ...this.#quantization(value)]);
    return { ...y, name: this.node('QLinearAdd', [...inputs, ...this.#quantization(y)], { isMicrosoft: true }) };
  }

  maxPool(x: NetValue): NetValue {
    const name = this.node('MaxPool', [x.name], { attributes: windowAttributes(3, 2) });
    return { ...x, name, shape: this.pooled(x) };
  }

  mean(x: NetValue): NetValue {
    const inputs = [x.name, ...this.#quantization(x), ...this.#quantization(x)];
    const attributes = { channels_last: 0 };
    const mean = this.node('QLinearGlobalAveragePool', inputs, { attributes, isMicrosoft: true });
    return { ...x, name: this.node('Flatten', [mean]), shape: [x.shape[0]!] };
  }

  dense(x: NetValue, units: number): NetValue {
    const features = x.shape[0]!;
    const inputs = [
      ...[x.name, ...this.#quantization(x)],
      ...[...this.#weights([units, features], features), this.#bias(units)],
    ];
    const name = this.node('QGemm', inputs, { attributes: { transB: 1 }, isMicrosoft: true });
    return { name, shape: [units], isPositive: false };
  }

  /** Scale and zero point of a value. */
  #quantization({ isPositive }: NetValue): [scale: string, zeroPoint: string] {
    const scale = this.tensor('float', [], Float32Array.of(0.02));
    return [scale, this.tensor('uint8', [], Uint8Array.of(isPositive ? 0 : 128))];
  }

  /** Weights, their scales and zero points, by output channel. */
  #weights(shape: readonly [number, ...number[]], fanIn: number): [string, string, string] {
    const [filters] = shape;
    const scales = new Float32Array(filters).fill(Math.sqrt(6 / fanIn) / 127);
    return [
      this.tensor('int8', shape, noise(filters * fanIn)),
      this.tensor('float', [filters], scales),
      this.tensor('int8', [filters], new Int8Array(filters)),
    ];
  }

  #bias(size: number): string {
    return this.tensor('int32', [size], new Int32Array(size));
  }
}
