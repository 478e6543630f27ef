import { LowbitError } from '@lowbit/plugin-api';
import type { Graph, GraphInput, Operation, OpName } from '../graph.js';
import { sameShape, sizeOf } from '../shapes.js';
import { ops } from './ops.js';
import { dequantized, floatTensor, type FloatTensor, type Tensor } from './tensor.js';

/** What goes into a graph or comes out of it: float32 numbers, row-major. */
export interface FloatArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Values by the names of the graph's inputs; a Float32Array alone is taken to have the input's shape. */
export type InterpretInputs = Readonly<Record<string, Float32Array | FloatArray>>;

export interface InterpretOptions {
  /** Called with every value as it is computed, the inputs first, of each example in turn; codes are in a Uint8Array. */
  readonly observe?: (name: string, value: Tensor) => void;
}

/**
 * Computes a graph's outputs for one example. This is the definition of what a graph computes, bit for bit: slow, plain, and what every kernel is
 * compared to. Numbers are float32; each operation is rounded, as the docstring of each op says. NaN in the input is no error: it goes through
 * arithmetic, and `quantize` gives it code 0.
 *
 * @param graph one that `inferValues` accepts
 * @param inputs a value for each of the graph's inputs, without a batch axis
 * @returns the outputs by name; codes as what they stand for
 * @throws LowbitError `usage`: an input that is missing, unknown or of another shape. `data`: a graph that lacks what a node names, codes where float32 is
 *   wanted, a number that is no row of an embedding. `unsupported`: an op that is not known
 */
export function interpret(
  graph: Graph,
  inputs: InterpretInputs,
  { observe }: InterpretOptions = {},
): Record<string, FloatArray> {
  refuseUnknown(graph, inputs);
  const values = new Map<string, Tensor>();
  const keep = (name: string, value: Tensor) => {
    values.set(name, value);
    observe?.(name, value);
  };
  for (const input of graph.inputs) keep(input.name, inputOf(input, inputs));
  for (const node of graph.nodes) {
    const read = node.inputs.map((name) => valueOf(values, name, `node '${node.name}' (${node.op})`));
    keep(node.name, evaluate(node, read, graph.parameters));
  }
  return Object.fromEntries(
    graph.outputs.map((name) => {
      const { shape, data } = dequantized(valueOf(values, name, 'outputs'));
      return [name, { shape, data }];
    }),
  );
}

/**
 * The same for several examples, each by itself.
 *
 * @param inputs values with a batch axis before the graph's shape; of a Float32Array alone the batch is its length / the size of the input
 * @returns the outputs, with the batch axis
 * @throws LowbitError as {@link interpret}, and `usage` where batches differ or are empty
 */
export function interpretBatch(
  graph: Graph,
  inputs: InterpretInputs,
  options?: InterpretOptions,
): Record<string, FloatArray> {
  refuseUnknown(graph, inputs);
  const batches = graph.inputs.map((input) => batchOf(input, inputs));
  const count = batches[0]?.length ?? 0;
  if (count === 0 || batches.some(({ length }) => length !== count)) {
    throw new LowbitError('usage', {
      what: 'the inputs hold no examples, or not as many of each',
      where: 'inputs',
      received: Object.fromEntries(graph.inputs.map(({ name }, k) => [name, batches[k]!.length])),
    });
  }
  const results = Array.from({ length: count }, (_, example) => {
    const own = graph.inputs.map(({ name }, k) => [name, batches[k]![example]!] as const);
    return interpret(graph, Object.fromEntries(own), options);
  });
  return Object.fromEntries(graph.outputs.map((name) => [name, stacked(results.map((result) => result[name]!))]));
}

/** The value of one node. */
function evaluate<Op extends OpName>(
  node: Operation<Op>,
  inputs: readonly Tensor[],
  parameters: Graph['parameters'],
): Tensor {
  if (Object.hasOwn(ops, node.op)) return ops[node.op]({ node, inputs, parameters });
  throw new LowbitError('unsupported', {
    what: 'an op that is not known',
    where: `node '${node.name}'`,
    received: node.op,
    hint: 'the graph may have been written by a newer version; update @lowbit/graph',
  });
}

function valueOf(values: ReadonlyMap<string, Tensor>, name: string, where: string): Tensor {
  const value = values.get(name);
  if (value) return value;
  throw new LowbitError('data', { what: 'a value that no input or earlier node makes', where, received: name });
}

function inputOf(input: GraphInput, inputs: InterpretInputs): FloatTensor {
  const { shape, data } = given(input, inputs, () => input.shape);
  if (sameShape(shape, input.shape) && data.length === sizeOf(shape)) return floatTensor(input.shape, data);
  throw otherShape(input, `[${input.shape.join(', ')}]`, shape, data);
}

function batchOf(input: GraphInput, inputs: InterpretInputs): Float32Array[] {
  const size = sizeOf(input.shape);
  const { shape, data } = given(input, inputs, (length) => [length / size, ...input.shape]);
  const [count = 0, ...rest] = shape;
  if (!sameShape(rest, input.shape) || !Number.isInteger(count) || data.length !== count * size) {
    throw otherShape(input, `[examples, ${input.shape.join(', ')}]`, shape, data);
  }
  return Array.from({ length: count }, (_, example) => data.subarray(example * size, (example + 1) * size));
}

/** What the caller gave for an input; `shapeOf` is the shape of numbers alone. */
function given(input: GraphInput, inputs: InterpretInputs, shapeOf: (length: number) => readonly number[]): FloatArray {
  const value: unknown = Object.hasOwn(inputs, input.name) ? inputs[input.name] : undefined;
  if (value instanceof Float32Array) return { shape: shapeOf(value.length), data: value };
  if (isFloatArray(value)) return value;
  throw new LowbitError('usage', {
    what: value === undefined ? 'an input is missing' : 'an input that is no float32 array',
    where: `inputs.${input.name}`,
    received: value ?? Object.keys(inputs),
    hint: `give a Float32Array, or { shape, data } of shape [${input.shape.join(', ')}]`,
  });
}

function isFloatArray(value: unknown): value is FloatArray {
  const { shape, data } = Object(value) as Partial<Record<keyof FloatArray, unknown>>;
  return Array.isArray(shape) && data instanceof Float32Array;
}

function refuseUnknown(graph: Graph, inputs: InterpretInputs): void {
  const names = graph.inputs.map(({ name }) => name);
  const unknown = Object.keys(inputs).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new LowbitError('usage', {
    what: 'the graph has no such input',
    where: `inputs.${unknown}`,
    hint: `its inputs are ${names.join(', ')}`,
  });
}

function otherShape(input: GraphInput, wanted: string, shape: readonly number[], data: Float32Array): LowbitError {
  return new LowbitError('usage', {
    what: `an input of another shape than ${wanted}`,
    where: `inputs.${input.name}`,
    received: `${data.length} numbers as [${shape.join(', ')}]`,
    hint: 'reshape or resize it',
  });
}

function stacked(examples: readonly FloatArray[]): FloatArray {
  const { shape, data } = examples[0]!;
  const all = new Float32Array(examples.length * data.length);
  examples.forEach((example, k) => all.set(example.data, k * data.length));
  return { shape: [examples.length, ...shape], data: all };
}
