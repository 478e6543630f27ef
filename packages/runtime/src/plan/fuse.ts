import type { Graph, GraphNode, Operation, Value } from '@lowbit/graph';
import { integersOf, weightIntegersOf } from '../convolution/parameters.js';
import { sizeOf } from './step.js';

/** What can be done to a row of floats before it leaves the nearest cache. */
export type Following = Extract<GraphNode, { readonly op: 'add' | 'affine' | 'unary' | 'clip' | 'quantize' }>;

/** A node with what is computed along with it. */
export interface Fused {
  readonly node: GraphNode;
  /** Names of the values that it reads first, and of those that it makes, the last one being what all the nodes make together. */
  readonly reads: readonly string[];
  readonly makes: readonly string[];
  /** Nodes that go on with its results, one after the other. */
  readonly after: readonly Following[];
  /** Comes before a point-wise convolution of codes, or an active shift. */
  readonly before?: Operation<'shift'> | Operation<'dequantize'> | undefined;
}

/** The nodes in order, where those that make rows of floats take along what follows, and some the node before them. */
export function fuse(graph: Graph, values: ReadonlyMap<string, Value>): Fused[] {
  const { nodes, outputs, inputs, parameters } = graph;
  const readers = new Map<string, GraphNode[]>();
  for (const node of nodes) for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  const makers = new Map(nodes.map((node) => [node.name, node]));
  const order = new Map([...inputs, ...nodes].map(({ name }, index) => [name, index]));
  const taken = new Set<GraphNode>();
  const isReadOnce = (name: string) => readers.get(name)?.length === 1 && !outputs.includes(name);

  const befores = new Map<GraphNode, NonNullable<Fused['before']>>();
  for (const node of nodes) {
    const before = makers.get(node.inputs[0]!);
    if (!before || !isReadOnce(before.name)) continue;
    const isShift = before.op === 'shift' && isPointwiseOfCodes(node);
    if (!isShift && !(before.op === 'dequantize' && node.op === 'activeShift')) continue;
    befores.set(node, before);
    taken.add(before);
  }
  return nodes.flatMap((node): Fused[] => {
    if (taken.has(node)) return [];
    const after = isFirst(node) ? followers(node) : [];
    for (const each of after) taken.add(each);
    const chain = [node, ...after];
    const makes = chain.filter((each, k) => k === after.length || !isReadOnce(each.name)).map(({ name }) => name);
    const before = befores.get(node);
    const others = after.flatMap((each, k) => each.inputs.filter((name) => name !== chain[k]!.name));
    return [{ node, reads: [...(before ?? node).inputs, ...others], makes, after, before }];
  });

  function followers(first: GraphNode): Following[] {
    const found: Following[] = [];
    for (let last = first; ;) {
      const { name, op } = last;
      const next = op === 'quantize' ? undefined : readers.get(name)?.find((each) => canFollow(each, name, first));
      if (!next) return found;
      found.push(next as Following);
      last = next;
    }
  }

  /** Whether a node can be computed as soon as one of its inputs is, along with `first`. */
  function canFollow(node: GraphNode, input: string, first: GraphNode): boolean {
    if (taken.has(node)) return false;
    if (node.op === 'add') {
      const other = node.inputs.find((name) => name !== input);
      return other !== undefined && isAlike(node) && order.get(other)! < order.get(first.name)!;
    }
    return node.op === 'quantize' || isOfRows(node);
  }

  function isFirst(node: GraphNode): boolean {
    return node.op === 'conv2d' || node.op === 'dense' || isOfRows(node) || (node.op === 'add' && isAlike(node));
  }

  /** Whether both sides of an addition have all of its numbers. */
  function isAlike(node: GraphNode): boolean {
    const size = sizeOf(values.get(node.name)!.shape);
    return node.inputs.every((name) => sizeOf(values.get(name)!.shape) === size);
  }

  function isPointwiseOfCodes(node: GraphNode): boolean {
    if (node.op !== 'conv2d' || node.groups !== 1) return false;
    const kernel = parameters[node.kernel]!;
    const isPoint = kernel.shape[0] === 1 && kernel.shape[1] === 1;
    const isPlain = node.strides.every((stride) => stride === 1) && node.pads.every((pad) => pad === 0);
    const isWhole = integersOf(values.get(node.inputs[0]!)!.type)?.includes(0) && weightIntegersOf(kernel);
    return isPoint && isPlain && isWhole !== undefined && isWhole !== false;
  }
}

/** Whether a node does the same to each row of floats. */
function isOfRows(node: GraphNode): boolean {
  if (node.op === 'unary') return node.function === 'relu' || node.function === 'relu6';
  return node.op === 'affine' || node.op === 'clip';
}
