import type { Parameter } from '@lowbit/graph';
import type { Encoded } from '@lowbit/plugin-api';
import { disposeEncoded, type QuantizerSlot } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { integerLevels } from './code-book.js';

/** Weights as a graph has them. */
export interface LoweredWeights {
  readonly parameter: Parameter;
  /** What sums over codes with integers are multiplied by: [1], or by output channel; float64. */
  readonly scale: Float64Array;
}

/**
 * Weights as their quantizer codes them, at the precision of the scopes around; real numbers where there is none, or where it is at 'float'.
 *
 * @param shape the parameter's, where it is not the variable's; of the same order of values
 * @param outputAxis the axis of the variable that may have scales of its own; a scale along any other axis leaves `values`
 */
export function lowerWeights(
  variable: LayerVariable,
  slot: QuantizerSlot | undefined,
  outputAxis: number,
  shape: readonly number[] = variable.shape as number[],
): LoweredWeights {
  const quantizer = slot?.current();
  // out of the tidy as a tensor: what a tidy returns is searched for tensors, number by number
  const w = tf.tidy(() => tf.clone(variable.read()));
  try {
    if (!quantizer || quantizer.bits === 'float')
      return real(quantizer ? quantizer.quantize(w, slot!.context(false)) : tf.clone(w), shape);
    return coded(quantizer.encode(w, slot!.context(false)), outputAxis, shape);
  } finally {
    w.dispose();
  }
}

const NO_SCALE = Float64Array.of(1);

function real(w: tf.Tensor, shape: readonly number[]): LoweredWeights {
  const data = w.dataSync<'float32'>().slice();
  w.dispose();
  return { parameter: { kind: 'float32', shape, data }, scale: NO_SCALE };
}

/** Codes as the parameter that has them; disposes of them. */
function coded(encoded: Encoded, outputAxis: number, shape: readonly number[]): LoweredWeights {
  const { codes, codebook } = encoded;
  const grid = codebook.rank === 1 ? codes.shape.map(() => 1) : codebook.shape.slice(0, -1);
  const count = codebook.shape.at(-1)!;
  const book = codebook.dataSync<'float32'>().slice();
  const data = new Uint8Array(codes.dataSync());
  disposeEncoded(encoded);
  const byChannel = grid.every((size, axis) => size === 1 || axis === outputAxis);
  const found = byChannel ? integerLevels(book, count) : undefined;
  const levels = found ? { integers: found.integers } : { values: book, grid: gridFor(shape, codes.shape, grid) };
  return { parameter: { kind: 'codes', shape, data, bits: bitsFor(count), levels }, scale: found?.scales ?? NO_SCALE };
}

/** The bits that codes below `levels` take. */
function bitsFor(levels: number): number {
  return Math.max(1, Math.ceil(Math.log2(levels)));
}

/**
 * The grid of a code book for codes in another shape of the same order: one with axes of size 1 put in front or taken out, or with its last
 * two axes as one.
 */
function gridFor(shape: readonly number[], from: readonly number[], grid: readonly number[]): number[] {
  if (shape.length > from.length) return [...shape.slice(from.length).map(() => 1), ...grid];
  if (shape.at(-1) === from.at(-1)) return [...grid];
  return [...grid.slice(0, -2), 1, grid.at(-2)! * grid.at(-1)!];
}
