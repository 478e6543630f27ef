import type { Operation } from '@lowbit/graph';
import type { OperatorSetProto } from './onnx.js';
import type { Weights } from './weights.js';
import type { Writer } from './writer.js';

/** What the formats do differently; the rest of ONNX is theirs in common. */
export interface Dialect {
  readonly irVersion: number;
  readonly operatorSets: readonly OperatorSetProto[];
  /** Whether a convolution's bias is an input of it rather than added later. */
  readonly biasInside: boolean;
  /**
   * ONNX's values hold unit · integer where the graph has codes of integers with this scale. Of codes with values they hold
   * the values.
   */
  unit(scale: number): number;
  /** Codes, as ONNX's values hold them, of the real numbers `x`. */
  quantize(writer: Writer, node: Operation<'quantize'>, x: string): string;
  /**
   * A constant that a node multiplies by.
   *
   * @param name what it is to be called
   * @param axis of `weights`, which each of `factors` belongs to; one factor is all places'
   * @returns ONNX's name, and the factors that the products are still to be multiplied by
   */
  weights(writer: Writer, name: string, weights: Weights, axis: number, factors: readonly number[]): Multiplier;
}

export interface Multiplier {
  readonly name: string;
  readonly factors: readonly number[];
}
