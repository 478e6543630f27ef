import type { Graph, GraphNode, Operation, Value } from '@lowbit/graph';
import { integersOf, weightIntegersOf } from '../convolution/parameters.js';

/** A node with what is computed along with it. */
export interface Fused {
  readonly node: GraphNode;
  /** Names of the values that it reads, and of the one that it makes. */
  readonly reads: readonly string[];
  readonly makes: string;
  /** Makes codes of a convolution's results. */
  readonly quantize?: Operation<'quantize'> | undefined;
  /** Comes before a point-wise convolution of codes. */
  readonly shift?: Operation<'shift'> | undefined;
}

/** The nodes in order, where a convolution takes along the shift before it and the quantization after it, whose other values nobody reads. */
export function fuse({ nodes, outputs, parameters }: Graph, values: ReadonlyMap<string, Value>): Fused[] {
  const readers = new Map<string, GraphNode[]>();
  for (const node of nodes) for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  const makers = new Map(nodes.map((node) => [node.name, node]));
  const onlyReader = (name: string) => {
    const all = readers.get(name) ?? [];
    return all.length === 1 && !outputs.includes(name) ? all[0] : undefined;
  };
  const taken = new Set<GraphNode>();
  const fused = nodes.map((node): Fused => {
    if (node.op !== 'conv2d' && node.op !== 'dense') return { node, reads: node.inputs, makes: node.name };
    const after = onlyReader(node.name);
    const quantize = after?.op === 'quantize' ? after : undefined;
    const before = makers.get(node.inputs[0]!);
    const shift = before?.op === 'shift' && onlyReader(before.name) && isPointwiseOfCodes(node) ? before : undefined;
    for (const other of [quantize, shift]) if (other) taken.add(other);
    return { node, reads: shift?.inputs ?? node.inputs, makes: quantize?.name ?? node.name, quantize, shift };
  });
  return fused.filter(({ node }) => !taken.has(node));

  function isPointwiseOfCodes(node: GraphNode): boolean {
    if (node.op !== 'conv2d' || node.groups !== 1) return false;
    const kernel = parameters[node.kernel]!;
    const isPoint = kernel.shape[0] === 1 && kernel.shape[1] === 1;
    const isPlain = node.strides.every((stride) => stride === 1) && node.pads.every((pad) => pad === 0);
    const isWhole = integersOf(values.get(node.inputs[0]!)!.type)?.includes(0) && weightIntegersOf(kernel);
    return isPoint && isPlain && isWhole !== undefined && isWhole !== false;
  }
}
