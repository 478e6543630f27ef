import { LowbitError } from '@lowbit/plugin-api';
import type { Graph, Operation, OpName } from '../graph.js';
import type { FloatTensor, Tensor } from './tensor.js';

/** Computes the value of a node from those that it reads. */
export type Evaluate<Op extends OpName> = (call: Call<Op>) => Tensor;

/** One evaluation of a node. */
export interface Call<Op extends OpName> {
  readonly node: Operation<Op>;
  readonly inputs: readonly Tensor[];
  readonly parameters: Graph['parameters'];
}

/** The numbers of a float32 parameter; undefined for one that the node does not name. */
export function floatParameter({ parameters }: Call<OpName>, name: string): Float32Array;
export function floatParameter({ parameters }: Call<OpName>, name?: string): Float32Array | undefined;
export function floatParameter(call: Call<OpName>, name?: string): Float32Array | undefined {
  if (name === undefined) return undefined;
  const parameter = parameterOf(call, name);
  if (parameter.kind === 'float32') return parameter.data;
  throw new LowbitError('data', { what: 'a coded parameter where float32 is wanted', where: placeOf(call, name) });
}

/** The parameter of this name. */
export function parameterOf(call: Call<OpName>, name: string) {
  if (Object.hasOwn(call.parameters, name)) return call.parameters[name]!;
  throw new LowbitError('data', { what: 'the graph lacks a parameter', where: placeOf(call, name) });
}

/** The node's input at this position, which must be float32. */
export function floatInput(call: Call<OpName>, position = 0): FloatTensor {
  const input = call.inputs[position]!;
  if (input.type === 'float32') return input;
  throw new LowbitError('data', {
    what: 'codes where float32 is wanted',
    where: placeOf(call, call.node.inputs[position]!),
    hint: 'dequantize them first',
  });
}

function placeOf({ node }: Call<OpName>, name: string): string {
  return `node '${node.name}' (${node.op}), '${name}'`;
}
