import type { Graph, GraphNode, Parameter, Value, ValueType } from './graph.js';
import { inferValues } from './infer/infer-values.js';
import { parametersOf } from './infer/rules.js';
import { integersOf, levelCount } from './levels.js';
import { sizeOf } from './shapes.js';

/**
 * What a node computes with. `integers`: exact sums of integers, what an engine does in few bits. `codes`: makes, moves
 * or compares codes, or gives what they stand for. `float`: real numbers in and out, a float island.
 */
export type Arithmetic = 'integers' | 'codes' | 'float';

/** A parameter and what it takes by its bits. */
export interface DescribedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Bits of a value: 32 for float32. */
  readonly bits: number;
  /** Number of levels that its codes have; of float32 undefined. */
  readonly levels?: number;
  /** Its values, and its code book, at their bits: bytes, rounded up. */
  readonly bytes: number;
  /** Names of the nodes that read it. */
  readonly nodes: readonly string[];
}

/** A node, with what comes out of it. */
export interface DescribedNode {
  readonly name: string;
  readonly op: GraphNode['op'];
  readonly shape: readonly number[];
  /** Bits of a value that comes out: 32 for float32. */
  readonly bits: number;
  readonly arithmetic: Arithmetic;
  /** Names of the parameters that it reads. */
  readonly parameters: readonly string[];
  /** What they take, those counted that no node before it reads. */
  readonly bytes: number;
}

/** What a graph is made of; see {@link describeModel}. */
export interface ModelDescription {
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly outputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly nodes: readonly DescribedNode[];
  readonly parameters: readonly DescribedParameter[];
  readonly totals: {
    /** Values of all parameters. */
    readonly values: number;
    readonly bits: number;
    /** {@link modelBytes}. */
    readonly bytes: number;
    /** How many nodes there are of each arithmetic. */
    readonly nodes: Readonly<Record<Arithmetic, number>>;
  };
}

/**
 * What a graph is made of: each node with the shape and bits of what it makes and what it computes with, each parameter
 * with its bits and bytes.
 *
 * @throws LowbitError what {@link inferValues} refuses
 */
export function describeModel(graph: Graph): ModelDescription {
  const values = inferValues(graph);
  const counted = new Set<string>();
  const nodes = graph.nodes.map((node) => {
    const read = [...new Set(parametersOf(node))];
    const fresh = read.filter((name) => !counted.has(name));
    fresh.forEach((name) => counted.add(name));
    const bits = fresh.reduce((sum, name) => sum + parameterBits(graph.parameters[name]!), ownBits(node));
    return describeNode(graph, node, values, read, bits);
  });
  const arithmetics = { integers: 0, codes: 0, float: 0 };
  for (const { arithmetic } of nodes) arithmetics[arithmetic]++;
  const bits = modelBits(graph);
  return {
    inputs: graph.inputs.map(({ name, shape }) => ({ name, shape })),
    outputs: graph.outputs.map((name) => ({ name, shape: values.get(name)!.shape })),
    nodes,
    parameters: describeParameters(graph),
    totals: {
      values: Object.values(graph.parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      bits,
      bytes: Math.ceil(bits / 8),
      nodes: arithmetics,
    },
  };
}

/**
 * The bytes that a graph's constants take by their bits alone: codes at their bits, code books and real numbers at 32,
 * the offsets of shifts at 8 or 16. A packed file has little more: the graph's JSON, and a line for each parameter.
 */
export function modelBytes(graph: Graph): number {
  return Math.ceil(modelBits(graph) / 8);
}

function modelBits({ nodes, parameters }: Graph): number {
  const constants = Object.values(parameters).reduce((sum, parameter) => sum + parameterBits(parameter), 0);
  return nodes.reduce((sum, node) => sum + ownBits(node), constants);
}

function parameterBits(parameter: Parameter): number {
  const { shape } = parameter;
  if (parameter.kind === 'float32') return 32 * sizeOf(shape);
  const { bits, levels } = parameter;
  return bits * sizeOf(shape) + ('values' in levels ? 32 * levels.values.length : 0);
}

/** What a node has besides parameters. */
function ownBits(node: GraphNode): number {
  if (node.op === 'quantize') return 'values' in node.levels ? 32 * node.levels.values.length : 0;
  if (node.op !== 'shift') return 0;
  const flat = node.offsets.flat();
  return flat.length * (flat.every((offset) => offset >= -128 && offset <= 127) ? 8 : 16);
}

function describeParameters({ nodes, parameters }: Graph): readonly DescribedParameter[] {
  const readers = new Map<string, string[]>();
  for (const node of nodes)
    for (const name of new Set(parametersOf(node))) readers.set(name, [...(readers.get(name) ?? []), node.name]);
  return Object.entries(parameters).map(([name, parameter]) => ({
    name,
    shape: parameter.shape,
    bits: parameter.kind === 'codes' ? parameter.bits : 32,
    ...(parameter.kind === 'codes' && { levels: levelCount(parameter.levels) }),
    bytes: Math.ceil(parameterBits(parameter) / 8),
    nodes: readers.get(name) ?? [],
  }));
}

function describeNode(
  { parameters }: Graph,
  node: GraphNode,
  values: ReadonlyMap<string, Value>,
  read: readonly string[],
  bits: number,
): DescribedNode {
  const { name, op } = node;
  const { shape, type } = values.get(name)!;
  const inputs = node.inputs.map((input) => values.get(input)!.type);
  return {
    ...{ name, op, shape },
    bits: type === 'float32' ? 32 : Math.ceil(Math.log2(levelCount(type))),
    arithmetic: arithmeticOf(node, [...inputs, type], parameters),
    parameters: read,
    bytes: Math.ceil(bits / 8),
  };
}

/** @param types of what goes in and, last, of what comes out */
function arithmeticOf(node: GraphNode, types: readonly ValueType[], parameters: Graph['parameters']): Arithmetic {
  const factors = factorsOf(node, types, parameters);
  if (factors) return factors.every((factor) => integersOf(factor)) ? 'integers' : 'float';
  const coded = node.op === 'embedding' && parameters[node.table]!.kind === 'codes';
  return coded || types.some((type) => type !== 'float32') ? 'codes' : 'float';
}

/** What a node multiplies and adds up. */
function factorsOf(
  node: GraphNode,
  types: readonly ValueType[],
  parameters: Graph['parameters'],
): readonly (ValueType | Parameter)[] | undefined {
  switch (node.op) {
    case 'conv2d':
    case 'convTranspose2d':
    case 'dense':
      return [types[0]!, parameters[node.kernel]!];
    case 'matMul':
      return types.slice(0, 2);
    case 'averagePool':
    case 'globalAveragePool':
      return types.slice(0, 1);
    default:
      return undefined;
  }
}
