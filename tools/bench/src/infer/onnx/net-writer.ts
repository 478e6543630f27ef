import { onnxFile, type OnnxNode, type OnnxTensor } from './file.js';

/** A value of a net, channels first. */
export interface NetValue {
  readonly name: string;
  /** [channels, height, width], or [features]. */
  readonly shape: readonly number[];
  /** Whether a ReLU came before. */
  readonly isPositive: boolean;
}

export type Activation = 'relu' | 'relu6' | 'none';

export interface ConvOptions {
  readonly filters: number;
  readonly size?: number;
  readonly strides?: number;
  readonly groups?: number;
  readonly activation?: Activation;
}

/** Sizes of a convolution's window, and of what it makes. */
export interface Window {
  readonly kernel: readonly [filters: number, channels: number, height: number, width: number];
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
  readonly shape: readonly number[];
}

/** Writes a net layer by layer, with random weights; batch normalization is in the convolutions, as deployed nets have it. */
export abstract class NetWriter {
  protected readonly nodes: OnnxNode[] = [];
  protected readonly tensors: OnnxTensor[] = [];
  #named = 0;

  /** The float32 input, [channels, height, width]. */
  constructor(protected readonly inputShape: readonly number[]) {}

  abstract input(): NetValue;
  abstract conv(x: NetValue, options: ConvOptions): NetValue;
  /** The sum, and a ReLU of it. */
  abstract add(a: NetValue, b: NetValue, activation: Activation): NetValue;
  /** The largest of each 3×3, every second. */
  abstract maxPool(x: NetValue): NetValue;
  /** The mean of each channel. */
  abstract mean(x: NetValue): NetValue;
  abstract dense(x: NetValue, units: number): NetValue;

  /** The file of a net that ends in `y`, float32. */
  finish(y: NetValue): Uint8Array {
    return onnxFile({
      nodes: this.nodes,
      tensors: this.tensors,
      input: { name: 'x', type: 'float', shape: [1, ...this.inputShape] },
      output: { name: y.name, type: 'float', shape: [1, ...y.shape] },
    });
  }

  protected node(op: string, inputs: readonly string[], rest: Omit<Partial<OnnxNode>, 'op' | 'inputs'> = {}): string {
    const output = rest.output ?? this.#unique(op);
    this.nodes.push({ op, inputs, ...rest, output });
    return output;
  }

  protected tensor(type: OnnxTensor['type'], shape: readonly number[], data: OnnxTensor['data']): string {
    const name = this.#unique('w');
    this.tensors.push({ name, type, shape, data });
    return name;
  }

  #unique(name: string): string {
    return `${name}${this.#named++}`;
  }

  /** Pads of half a window on each side. */
  protected window({ shape }: NetValue, { filters, size = 1, strides = 1, groups = 1 }: ConvOptions): Window {
    const [channels, height, width] = shape as [number, number, number];
    const half = (size - 1) / 2;
    return {
      kernel: [filters, channels / groups, size, size],
      attributes: { ...windowAttributes(size, strides), group: groups },
      shape: [filters, ...[height, width].map((side) => Math.floor((side + 2 * half - size) / strides) + 1)],
    };
  }

  protected pooled({ shape: [channels, ...sides] }: NetValue): number[] {
    return [channels!, ...sides.map((side) => Math.floor((side - 1) / 2) + 1)];
  }
}

/** Attributes of a window of `size` places a side. */
export function windowAttributes(size: number, strides: number) {
  const half = (size - 1) / 2;
  return { kernel_shape: [size, size], strides: [strides, strides], pads: [half, half, half, half] } as const;
}
