import type { FloatParameter, Graph, Operation, OpName, Parameter } from '../graph.js';
import type { FloatTensor, Tensor } from './tensor.js';

/** Computes the value of a node from those that it reads. What the node may read, `inferValues` has checked before. */
export type Evaluate<Op extends OpName> = (call: Call<Op>) => Tensor;

/** One evaluation of a node. */
export interface Call<Op extends OpName> {
  readonly node: Operation<Op>;
  readonly inputs: readonly Tensor[];
  readonly parameters: Graph['parameters'];
}

/** The parameter of this name. */
export function parameterOf({ parameters }: Call<OpName>, name: string): Parameter {
  return parameters[name]!;
}

/** The numbers of a float32 parameter; undefined for one that the node does not name. */
export function floatParameter(call: Call<OpName>, name: string): Float32Array;
export function floatParameter(call: Call<OpName>, name?: string): Float32Array | undefined;
export function floatParameter(call: Call<OpName>, name?: string): Float32Array | undefined {
  return name === undefined ? undefined : (parameterOf(call, name) as FloatParameter).data;
}

/** The node's input at this position, of an op that reads float32 alone. */
export function floatInput({ inputs }: Call<OpName>, position = 0): FloatTensor {
  return inputs[position] as FloatTensor;
}
