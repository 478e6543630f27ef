import type { Levels, Operation } from '@lowbit/graph';
import type { OperatorSetProto } from '@lowbit/onnx-proto';
import type { Weights } from './weights.js';
import type { Writer } from './writer.js';

/** What the formats do differently; the rest of ONNX is theirs in common. */
export interface Dialect {
  readonly irVersion: number;
  readonly operatorSets: readonly OperatorSetProto[];
  /** Whether a bias is an input of the product that it follows, where that is no exact sum of integers. */
  readonly biasInside: boolean;
  /** ONNX's values hold unit · integer where the graph has codes of integers. Of codes with values they hold the values. */
  unit(levels: IntegerLevels): number;
  /** Codes, as ONNX's values hold them, of the real numbers `x`. */
  quantize(writer: Writer, node: Operation<'quantize'>, x: string): string;
  /** A constant that a node multiplies by. */
  weights(writer: Writer, request: WeightsRequest): Multiplier;
}

/** What codes of integers stand for. */
export type IntegerLevels = Extract<Levels, { integers: unknown }>;

export interface WeightsRequest {
  /** What the constant is to be called. */
  readonly name: string;
  readonly weights: Weights;
  /** The axis of `weights` that each of `factors` belongs to; one factor is all places'. */
  readonly axis: number;
  /** What the products are to be multiplied by. */
  readonly factors: readonly number[];
  /** What they are multiplied by: integers, or real numbers, as ONNX's values hold them. */
  readonly by: 'integers' | 'reals';
  /** Whether a MatMul reads them. */
  readonly inMatMul?: boolean;
}

export interface Multiplier {
  /** What ONNX calls it. */
  readonly name: string;
  /** What the products are still to be multiplied by. */
  readonly factors: readonly number[];
}
