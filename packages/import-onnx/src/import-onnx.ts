import { inferValues, type Graph } from '@lowbit/graph';
import {
  decode,
  MODEL,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type ValueInfoProto,
} from '@lowbit/onnx-proto';
import { LowbitError } from '@lowbit/plugin-api';
import { OnnxNode } from './attributes.js';
import { constant, type Constant } from './constant.js';
import { fold, isFolded } from './fold/fold.js';
import { nameOf, Net } from './net.js';
import { OPS } from './ops/table.js';
import { said } from './said.js';
import { readSource } from './source.js';
import { kindOf, readTensor } from './tensors.js';
import { channelsLast, equal, graphShape, plainOrder, wide, type Entry, type Value } from './value.js';

/** Options of {@link importOnnx}. */
export interface ImportOptions {
  /**
   * Shapes of inputs whose sizes the file leaves open, as the graph has them: [224, 224, 3]. By the inputs' names, or one for all.
   */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>> | readonly number[];
  /** What the graph's `metadata` says besides the file's own. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Opsets that the ops are read by. */
const OPSETS = { least: 11, most: 21 } as const;

/**
 * Reads a float ONNX model as the graph that computes the same for one example (ONNX's batch of 1), in float32.
 *
 * Images are laid out height, width, channels: an input [batch, channels, height, width] becomes [height, width, channels], kernels are transposed, and
 * transpositions stay only where an op needs its values in another order; an input that the model itself transposes to channels first stays as it is. Outputs
 * that are images come out in that layout, all others in ONNX's. Batch normalizations go into the convolution before; what constants and
 * shapes make is computed; GELU and layer normalization that are written out are recognized. Nodes are named by ONNX's names.
 *
 * @param source the file's bytes, or its path, beside which data in other files is looked for
 * @throws LowbitError ('unsupported') an op, attribute, opset or element type that cannot be imported: which node, and what to do;
 *   ('data') a damaged file; ('config') sizes that are missing or wrong; ('io') a file that cannot be read
 */
export async function importOnnx(source: Uint8Array | string | URL, options: ImportOptions = {}): Promise<Graph> {
  const { bytes, external } = await readSource(source);
  const model = parsed(bytes);
  const { graph = {}, metadataProps = [] } = model;
  const opset = opsetOf(model);
  const { initializer = [], node: nodes = [], input: inputs = [], output: outputs = [] } = graph;
  const net = new Net(new Set(outputs.map(({ name = '' }) => name)), external);
  for (const tensor of initializer) {
    net.define(tensor.name ?? '', readTensor(tensor, `initializer ${said(tensor.name ?? '')}`, external));
  }
  for (const info of inputs) {
    // old files name their weights among the inputs
    if (!net.find(info.name ?? '')) defineInput(net, info, graph, options);
  }
  for (const node of nodes) importNode(net, node, opset);
  const results = outputs.map(({ name = '' }) => outputOf(net, name));
  if (results.length === 0) throw new LowbitError('data', { what: 'a model without outputs', where: 'the ONNX file' });
  const own = Object.fromEntries(metadataProps.map(({ key = '', value = '' }) => [nameOf(key), value]));
  const metadata = { ...own, ...options.metadata };
  const imported = net.draft.finish(results, Object.keys(metadata).length > 0 ? metadata : undefined);
  inferValues(imported);
  return imported;
}

function parsed(bytes: Uint8Array): ModelProto {
  try {
    return decode(MODEL, bytes);
  } catch (cause) {
    const hint = 'check that it is an ONNX model, and fetch or export it again';
    throw new LowbitError(
      'data',
      { what: `no ONNX file: ${(cause as Error).message}`, where: 'the ONNX file', hint },
      { cause },
    );
  }
}

function opsetOf({ opsetImport = [], graph }: ModelProto): number {
  if (!graph?.node?.length) {
    throw new LowbitError('data', {
      what: 'a model without nodes',
      where: 'the ONNX file',
      hint: 'check that it is an ONNX model',
    });
  }
  const version = opsetImport.find(({ domain = '' }) => isStandard(domain))?.version ?? 0;
  if (version >= OPSETS.least && version <= OPSETS.most) return version;
  throw new LowbitError('unsupported', {
    what: `opsets from ${OPSETS.least} to ${OPSETS.most} are read`,
    where: 'the ONNX file',
    received: version,
    hint: 'convert the model by onnx.version_converter, or export it with another opset',
  });
}

function isStandard(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

function importNode(net: Net, proto: NodeProto, opset: number): void {
  const node = new OnnxNode(proto, opset);
  net.begin(node);
  const { domain = '' } = proto;
  const op = OPS.get(node.op);
  if (!isStandard(domain) || (!op && !isFolded(node.op) && node.op !== 'Shape')) throw unknownOp(node, domain);
  const made = [shapeOf(net) ?? folded(net) ?? op?.(net) ?? notComputed(net)].flat() as Entry[];
  node.finish();
  node.outputs.forEach((name, i) => {
    if (name && made[i]) net.define(name, made[i]);
    else if (name) throw node.refuse(`its result ${i}`, 'leave it out', name);
  });
}

function unknownOp(node: OnnxNode, domain: string): LowbitError {
  const hint = 'export the model with the ops of the standard domain that the documentation of importOnnx lists';
  return node.refuse(`the op ${said(domain ? `${domain}.${node.op}` : node.op).slice(1, -1)}`, hint);
}

function notComputed(net: Net): never {
  throw net.node.refuse(
    'an op that is computed of constants alone',
    'export the model without it, or fold its constants',
    net.node.inputs,
  );
}

/** The shape of a value is known. */
function shapeOf(net: Net): Constant | undefined {
  const { node } = net;
  if (node.op !== 'Shape') return undefined;
  const { shape } = net.input(0);
  const sizes = shape.slice(node.int('start', 0), node.has('end') ? node.int('end', 0) : undefined);
  return constant('int', [sizes.length], sizes);
}

/** What a node of constants makes. */
function folded(net: Net): readonly Constant[] | undefined {
  const inputs = net.node.inputs.flatMap((_, i) => net.optional(i) ?? []);
  return inputs.every((input) => input.is === 'constant') ? fold(net, inputs as Constant[]) : undefined;
}

function defineInput(net: Net, info: ValueInfoProto, graph: GraphProto, { inputShapes }: ImportOptions): void {
  const { name = '', type } = info;
  const { elemType, shape: sizes } = type?.tensorType ?? {};
  const where = `input ${said(name)}`;
  const kind = kindOf(elemType);
  if (!kind || !sizes) {
    throw new LowbitError('unsupported', { what: 'an input that is no tensor of numbers', where, received: elemType });
  }
  const [batch, ...rest] = (sizes.dim ?? []).map(({ dimValue = 0 }) => (dimValue > 0 ? dimValue : undefined));
  if (sizes.dim?.length === 0 || (batch ?? 1) > 1) {
    const hint = 'export the model with a batch that is open, or 1';
    throw new LowbitError('unsupported', {
      what: 'an input without a batch of one example',
      where,
      received: batch,
      hint,
    });
  }
  const named = [1, ...rest.map((size) => size ?? NaN)];
  const order = named.length === 4 && !isTransposed(graph, name) ? channelsLast(named) : plainOrder(named);
  const shape = completed(named, order, shapeFor(name, inputShapes), where);
  const made = net.draft.input(nameOf(name), graphShape(shape, order));
  net.define(name, { is: 'value', shape, kind, order, made });
}

function shapeFor(name: string, shapes: ImportOptions['inputShapes'] = {}): readonly number[] | undefined {
  if (Array.isArray(shapes)) return shapes as readonly number[];
  return Object.hasOwn(shapes, name) ? (shapes as Readonly<Record<string, readonly number[]>>)[name] : undefined;
}

/** The shape of an input: what the file says, and where it says nothing what is given, in the graph's order. */
function completed(
  named: number[],
  order: readonly number[],
  given: readonly number[] | undefined,
  where: string,
): number[] {
  const known = graphShape(named, order);
  const open = known.some(Number.isNaN);
  const shown = known.map((size) => (Number.isNaN(size) ? '?' : size)).join(', ');
  if (!given && !open) return named;
  const fits =
    given?.length === known.length &&
    given.every((size, i) => Number.isSafeInteger(size) && size > 0 && (Number.isNaN(known[i]) || known[i] === size));
  if (!fits) {
    const what = open ? 'sizes that the file leaves open' : 'another shape than the file has';
    const hint = `give its shape as [${shown}], without the batch`;
    throw new LowbitError('config', { what, where, received: given, hint });
  }
  return named.map((size, axis) => (order.includes(axis) ? given[order.indexOf(axis)]! : size));
}

/** Whether the model turns an input to channels first by itself. */
function isTransposed({ node = [] }: GraphProto, name: string): boolean {
  const readers = node.filter(({ input = [] }) => input.includes(name));
  return (
    readers.length > 0 &&
    readers.every(({ opType, attribute = [] }) => {
      const perm = attribute.find((each) => each.name === 'perm')?.ints ?? [];
      return opType === 'Transpose' && equal(perm, [0, 3, 1, 2]);
    })
  );
}

function outputOf(net: Net, name: string) {
  const entry = net.find(name);
  if (!entry || entry.is === 'constant') {
    throw new LowbitError('data', { what: 'an output that no input has a part in', where: `output ${said(name)}` });
  }
  const { shape } = entry as Value;
  const image =
    shape.length === 4 && shape[0] === 1 && equal(wide(shape, entry.order), wide(shape, channelsLast(shape)));
  return image ? net.arranged(entry, channelsLast(shape)) : net.plain(entry);
}
