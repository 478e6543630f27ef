import { inferValues, type Graph, type GraphNode, type OpName, type Value } from '@lowbit/graph';
import { encode, MODEL } from '@lowbit/onnx-proto';
import { LowbitError } from '@lowbit/plugin-api';
import { arrange } from './convert/arrange.js';
import type { Converters } from './convert/converters.js';
import { elementwise } from './convert/elementwise.js';
import { linear } from './convert/linear.js';
import { recurrent } from './convert/recurrent.js';
import { windows } from './convert/windows.js';
import type { Dialect } from './dialect.js';
import { valueInfo, shapeIn, Writer } from './writer.js';

export interface ExportOptions {
  /**
   * How images [height, width, channels] come in and go out: `nhwc`, as the graph has them (the default; they are transposed
   * inside), or `nchw`, as ONNX's convolutions want them.
   */
  readonly layout?: 'nhwc' | 'nchw';
  /** How many examples are computed at once: a size, or a name for any size. */
  readonly batch?: number | string;
}

const converters: Converters = { ...linear, ...windows, ...elementwise, ...arrange, ...recurrent };

/** Writes a graph's nodes, constants, inputs and outputs in a dialect, which may depend on the graph's values. */
export function build(
  graph: Graph,
  dialectOf: (values: ReadonlyMap<string, Value>) => Dialect,
  options: ExportOptions,
): Uint8Array<ArrayBuffer> {
  const { batch, layout } = checked(options);
  const values = inferValues(graph);
  const dialect = dialectOf(values);
  const outside = layout === 'nhwc' ? 'last' : 'first';
  const writer = new Writer(graph, values, dialect, outside);
  const infos = (names: readonly string[]) =>
    names.map((name) => valueInfo(name, batch, shapeIn(outside, values.get(name)!.shape)));

  const inputs = graph.inputs.map(({ name }) => name);
  for (const name of inputs) writer.defineInput(name, outside);
  for (const node of graph.nodes) writer.define(node, () => convert(writer, node));
  return encode(MODEL, {
    irVersion: dialect.irVersion,
    producerName: 'lowbit',
    graph: {
      node: writer.nodes,
      name: 'lowbit',
      initializer: writer.initializers,
      input: infos(inputs),
      output: infos(graph.outputs),
    },
    opsetImport: [...dialect.operatorSets],
    metadataProps: Object.entries(graph.metadata ?? {}).map(([key, value]) => ({ key, value })),
  });
}

function convert<Op extends OpName>(writer: Writer, node: GraphNode & { op: Op }) {
  return converters[node.op as Op](writer, node as never);
}

/** The error of an option that is not what it must be. */
export function wrongOption(key: string, received: unknown, hint: string): LowbitError {
  return new LowbitError('usage', { what: `a wrong option '${key}'`, where: 'the ONNX export', received, hint });
}

function checked({ batch = 'batch', layout = 'nhwc', ...rest }: ExportOptions): Required<ExportOptions> {
  for (const [key, value] of Object.entries(rest)) throw wrongOption(key, value, 'there is no such option');
  if (layout !== 'nhwc' && layout !== 'nchw') throw wrongOption('layout', layout, "give 'nhwc' or 'nchw'");
  const isSize = Number.isSafeInteger(batch) && (batch as number) > 0;
  if (!isSize && (typeof batch !== 'string' || batch === ''))
    throw wrongOption('batch', batch, 'give a size above 0, or a name');
  return { batch, layout };
}
