import type { DataType } from '@tensorflow/tfjs-core';

/** A tensor that a kernel is given, without its values. */
export interface Given {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** A call of a kernel, and how often it is made. */
export interface Call {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Given>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly times: number;
}

/** Calls that are timed together. */
export interface Work {
  readonly name: string;
  readonly calls: readonly Call[];
}

/** Whose kernels: the product's on WASM, TF.js's own on WASM, or those of TF.js's cpu backend. */
export type Owner = 'product' | 'stock' | 'cpu';

/** A product's kernel with the calls of a training step, and who else has it: stock WASM, else the cpu backend. */
export interface Captured extends Work {
  readonly other?: Exclude<Owner, 'product'>;
}
