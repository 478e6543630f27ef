import type { Graph, GraphNode, Levels, Operation, Pads, Parameter } from '@lowbit/graph';

/**
 * The same graph with the zeros around an image as padding of the convolution that is alone in reading them, also where a quantizer is between whose
 * level of 0 is 0: convolutions skip their padding, and so compute the same bits.
 */
export function foldPads(graph: Graph): Graph {
  const readers = new Map<string, number>();
  for (const name of [...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs]) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const single = (name: string) => (readers.get(name) === 1 ? nodes.get(name) : undefined);
  const gone = new Set<string>();
  const changed = new Map<string, GraphNode>();
  for (const node of graph.nodes) {
    if (node.op !== 'conv2d') continue;
    const before = single(node.inputs[0]!);
    const quantize = before?.op === 'quantize' && keepsZero(before, graph.parameters) ? before : undefined;
    const pad = quantize ? single(quantize.inputs[0]!) : before;
    if (pad?.op !== 'pad') continue;
    gone.add(pad.name);
    const pads = node.pads.map((each, side) => each + pad.pads[side]!) as unknown as Pads;
    changed.set(node.name, { ...node, pads, ...(quantize ? {} : { inputs: pad.inputs }) });
    if (quantize) changed.set(quantize.name, { ...quantize, inputs: pad.inputs });
  }
  const kept = graph.nodes.filter(({ name }) => !gone.has(name));
  return gone.size === 0 ? graph : { ...graph, nodes: kept.map((node) => changed.get(node.name) ?? node) };
}

function keepsZero({ thresholds, levels }: Operation<'quantize'>, parameters: Graph['parameters']): boolean {
  const { data } = parameters[thresholds] as Extract<Parameter, { kind: 'float32' }>;
  const code = data.reduce((count, threshold) => count + Number(0 >= threshold), 0);
  return levelOf(levels, code) === 0;
}

function levelOf(levels: Levels, code: number): number {
  return ('integers' in levels ? levels.integers : levels.values)[code]!;
}
