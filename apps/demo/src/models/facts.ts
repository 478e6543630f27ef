import { describeModel, type Arithmetic, type Graph, type GraphNode } from '@lowbit/graph';
import type { ModelMemory, Simd } from '@lowbit/runtime';

/** A layer with weights. */
export interface Layer {
  readonly name: string;
  readonly op: GraphNode['op'];
  readonly shape: readonly number[];
  /** Bits of a weight, and of a value that it is multiplied by. */
  readonly weightBits: number;
  readonly inputBits: number;
  readonly arithmetic: Arithmetic;
  readonly bytes: number;
}

/** What the page shows of a model. Plain data, which a worker posts. */
export interface Facts {
  /** Of the file. */
  readonly bytes: number;
  /** Of its one input, without the batch axis. */
  readonly shape: readonly number[];
  /** What its scores are of. */
  readonly labels: readonly string[];
  /** Whether its scores are probabilities already. */
  readonly hasSoftmax: boolean;
  readonly layers: readonly Layer[];
  /** Bits of all parameters, and how many there are. */
  readonly bits: number;
  readonly parameters: number;
  readonly memory: ModelMemory;
  readonly simd: Simd;
  readonly threads: number;
}

/**
 * Looks into a model.
 *
 * @throws Error where it is none that classifies images
 */
export function factsOf(graph: Graph, fileBytes: number): Omit<Facts, 'memory' | 'simd' | 'threads'> {
  const { nodes, parameters, totals, inputs, outputs } = describeModel(graph);
  const [input, ...otherInputs] = inputs;
  const [output] = outputs;
  const isOfImages = input && otherInputs.length === 0 && input.shape.length === 3 && [1, 3].includes(input.shape[2]!);
  if (!isOfImages || output?.shape.length !== 1) {
    const received = inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
    throw new Error(`the page shows networks that classify images, received one of ${received}; choose another file`);
  }
  const made = new Map(nodes.map((node) => [node.name, node]));
  const stored = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const layers = graph.nodes.flatMap((node): Layer[] => {
    if (!('kernel' in node) || typeof node.kernel !== 'string') return [];
    const { name, op, shape, arithmetic, bytes } = made.get(node.name)!;
    const inputBits = made.get(node.inputs[0]!)?.bits ?? 32;
    return [{ name, op, shape, arithmetic, bytes, inputBits, weightBits: stored.get(node.kernel)!.bits }];
  });
  return {
    bytes: fileBytes,
    shape: input.shape,
    labels: labelsOf(graph, output.shape[0]!),
    hasSoftmax: made.get(output.name)?.op === 'softmax',
    layers,
    bits: totals.bits,
    parameters: totals.values,
  };
}

/** `lowbit export` keeps the names of the classes as JSON; elsewhere their numbers stand for them. */
function labelsOf({ metadata = {} }: Graph, count: number): string[] {
  const numbers = Array.from({ length: count }, (_, i) => String(i));
  if (!Object.hasOwn(metadata, 'labels')) return numbers;
  try {
    const labels: unknown = JSON.parse(metadata['labels']!);
    return Array.isArray(labels) && labels.length === count ? labels.map(String) : numbers;
  } catch {
    return numbers;
  }
}
