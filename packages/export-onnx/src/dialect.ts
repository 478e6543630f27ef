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
  /** A constant that a node multiplies by. */
  weights(writer: Writer, request: WeightsRequest): Multiplier;
}

export interface WeightsRequest {
  /** What the constant is to be called. */
  readonly name: string;
  readonly weights: Weights;
  /** The axis of `weights` that each of `factors` belongs to; one factor is all places'. */
  readonly axis: number;
  /** What the products are to be multiplied by. */
  readonly factors: readonly number[];
  /** Whether it is a MatMul of real numbers that reads them. */
  readonly inFloatMatMul?: boolean;
}

export interface Multiplier {
  /** What ONNX calls it. */
  readonly name: string;
  /** What the products are still to be multiplied by. */
  readonly factors: readonly number[];
}
