import { LowbitError } from '@lowbit/plugin-api';
import type { Graph, GraphInput, Operation, OpName } from '../graph.js';
import { inferValues } from '../infer/infer-values.js';
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
 * Computes a graph's outputs for one example. This is the definition of what a graph computes, bit for bit: slow, plain, and
 * what every kernel is compared to. Numbers are float32; each operation is rounded, as the docstring of each op says. NaN in
 * the input is no error: it goes through arithmetic, and `quantize` gives it code 0.
 *
 * @param inputs a value for each of the graph's inputs, without a batch axis
 * @returns the outputs by name; codes as what they stand for
 * @throws LowbitError `usage`: an input that is missing, unknown or of another shape. `data`: a number that is no row of an
 *   embedding's table. Whatever {@link inferValues} finds wrong with the graph
 */
export function interpret(
  graph: Graph,
  inputs: InterpretInputs,
  options: InterpretOptions = {},
): Record<string, FloatArray> {
  inferValues(graph);
  refuseUnknown(graph, inputs);
  return compute(
    graph,
    graph.inputs.map((input) => inputOf(input, inputs)),
    options,
  );
}

/**
 * The same for several examples, each by itself.
 *
 * @param inputs values with a batch axis before the graph's shape; of a Float32Array alone the batch is its length / the
 *   size of the input
 * @returns the outputs, with the batch axis
 * @throws LowbitError as {@link interpret}, and `usage` where batches differ or are empty
 */
export function interpretBatch(
  graph: Graph,
  inputs: InterpretInputs,
  options: InterpretOptions = {},
): Record<string, FloatArray> {
  inferValues(graph);
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
  const results = Array.from({ length: count }, (_, example) =>
    compute(
      graph,
      graph.inputs.map(({ shape }, k) => floatTensor(shape, batches[k]![example]!)),
      options,
    ),
  );
  return Object.fromEntries(graph.outputs.map((name) => [name, stacked(results.map((result) => result[name]!))]));
}

function compute(
  graph: Graph,
  inputs: readonly FloatTensor[],
  { observe }: InterpretOptions,
): Record<string, FloatArray> {
  const values = new Map<string, Tensor>();
  const keep = (name: string, value: Tensor) => {
    values.set(name, value);
    observe?.(name, value);
  };
  graph.inputs.forEach(({ name }, k) => keep(name, inputs[k]!));
  for (const node of graph.nodes) {
    const read = node.inputs.map((name) => values.get(name)!);
    keep(node.name, evaluate(node, read, graph.parameters));
  }
  return Object.fromEntries(
    graph.outputs.map((name) => {
      const { shape, data } = dequantized(values.get(name)!);
      return [name, { shape, data }];
    }),
  );
}

/** The value of one node. */
function evaluate<Op extends OpName>(
  node: Operation<Op>,
  inputs: readonly Tensor[],
  parameters: Graph['parameters'],
): Tensor {
  return ops[node.op]({ node, inputs, parameters });
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
