import { LowbitError } from '@lowbit/plugin-api';
import type { Graph, GraphNode, Value } from '../graph.js';
import type { Field } from './fields.js';
import { checkName } from './names.js';
import { NodeCheck, nodeName } from './node-check.js';
import { checkParameters, isShape, MAX_VALUES } from './parameters.js';
import { isOpName, ruleOf } from './rules.js';

/**
 * Checks a graph and finds the shape and type of each of its values, those of its inputs first, then each node's.
 *
 * @throws LowbitError `data`: a name that is missing, given twice or not allowed; a node that reads what no earlier one
 *   makes; attributes that are missing, unknown or out of range; a parameter that is not there, has another shape, or
 *   codes without a level; thresholds that do not ascend; integers beyond ±255; sums that may leave 32 bits; a
 *   value of more than 2²⁸ numbers. `unsupported`: an unknown op
 */
export function inferValues(graph: Graph): ReadonlyMap<string, Value> {
  checkWhole(graph);
  checkParameters(graph.parameters);
  return inferNodes(graph);
}

/** {@link inferValues} of a graph whose parameters are checked elsewhere; of codes it does not look at the data. */
export function inferStructure(graph: Graph): ReadonlyMap<string, Value> {
  checkWhole(graph);
  return inferNodes(graph);
}

function inferNodes(graph: Graph): ReadonlyMap<string, Value> {
  const checked = new Set<unknown>();
  const values = new Map<string, Value>();
  for (const { name, shape } of graph.inputs) {
    checkNew(values, name, 'the inputs');
    if (!isShape(shape)) fail('a shape must be sizes from 1, with at most 2^28 values', `input '${name}'`, shape);
    values.set(name, { shape, type: 'float32' });
  }
  for (const node of graph.nodes) {
    checkNew(values, node.name, 'the nodes');
    values.set(node.name, inferNode(node, graph, values, checked));
  }
  for (const name of graph.outputs) {
    if (!values.has(name)) fail('no node makes it', 'the outputs', name, 'name a node or an input');
  }
  if (new Set(graph.outputs).size !== graph.outputs.length)
    fail('an output is given twice', 'the outputs', graph.outputs);
  return values;
}

function inferNode(
  node: GraphNode,
  { parameters }: Graph,
  values: ReadonlyMap<string, Value>,
  checked: Set<unknown>,
): Value {
  const where = nodeName(node);
  checkAttributes(node, where, checked);
  const { inputs: count, infer } = ruleOf(node.op);
  const { inputs } = node;
  if (!Array.isArray(inputs) || (count === 'some' ? inputs.length === 0 : inputs.length !== count))
    fail(`it must have ${count === 'some' ? '1 or more' : count} inputs`, where, inputs);
  const read = inputs.map(
    (name) =>
      values.get(name) ?? fail('it reads what no earlier node makes', where, name, 'order the nodes, or fix the name'),
  );
  const value = infer(node as never, new NodeCheck(node, read, parameters, checked));
  if (isShape(value.shape)) return value;
  return fail(`what it makes must have at most 16 axes and ${MAX_VALUES} values`, where, value.shape);
}

/** @param checked attributes that were found good; shared ones, which may be large, are looked at once */
function checkAttributes(node: GraphNode, where: string, checked: Set<unknown>): void {
  if (!isOpName(node.op))
    fail('unknown op', where, node.op, 'a newer version of @lowbit/graph may have it', 'unsupported');
  const { name: _name, op: _op, inputs: _inputs, ...given } = node;
  const { attributes } = ruleOf(node.op);
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(attributes, key));
  if (unknown !== undefined)
    fail('unknown attribute', where, unknown, `it has ${Object.keys(attributes).join(', ') || 'none'}`);
  for (const [key, field] of Object.entries<Field<unknown>>(attributes)) {
    const value: unknown = given[key as keyof typeof given];
    if (value === undefined && field.optional) continue;
    if (isShared(field) && checked.has(value)) continue;
    const expected = field.problem(value);
    if (expected) fail(`${key} must be ${expected}`, where, value ?? 'nothing');
    if (isShared(field)) checked.add(value);
  }
}

/** Refuses what only those without TypeScript can give. */
function checkWhole(graph: Graph): void {
  if (!isRecord(graph)) fail('a graph must be an object', 'inferValues', graph);
  const { inputs, nodes, outputs, parameters, metadata = {} } = graph;
  for (const [key, part] of Object.entries({ inputs, nodes, outputs })) {
    if (!Array.isArray(part)) fail(`${key} must be a list`, 'the graph', typeof part);
  }
  for (const part of [...inputs, ...nodes]) {
    if (!isRecord(part)) fail('inputs and nodes must be objects', 'the graph', part);
  }
  for (const [key, part] of Object.entries({ inputs, outputs })) {
    if (part.length === 0) fail(`${key} must not be empty`, 'the graph');
  }
  if (!isRecord(parameters)) fail('parameters must be an object', 'the graph', typeof parameters);
  if (!isRecord(metadata)) fail('metadata must be an object', 'the graph', typeof metadata);
  for (const [key, text] of Object.entries(metadata)) {
    checkName(key, 'the metadata');
    if (typeof text !== 'string' || /\p{Surrogate}/u.test(text))
      fail('metadata must be well-formed text', `'${key}' of the metadata`, text);
  }
}

function checkNew(values: ReadonlyMap<string, Value>, name: string, where: string): void {
  checkName(name, where);
  if (values.has(name)) fail('a name is given twice', where, name, 'names of inputs and nodes are one namespace');
}

function isShared({ kind }: Field<unknown>): boolean {
  return kind === 'levels' || kind === 'offsets';
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fail(
  what: string,
  where: string,
  received?: unknown,
  hint?: string,
  code: 'data' | 'unsupported' = 'data',
): never {
  throw new LowbitError(code, { what, where, received, hint });
}
