import { LowbitError } from '@lowbit/plugin-api';
import type { SafeTensor } from '@lowbit/safetensors';
import type { CodedParameter, Graph, GraphInput, GraphNode, Levels, Pair, Parameter } from '../graph.js';
import type { Field } from '../infer/fields.js';
import { MAX_LEVELS } from '../infer/level-problems.js';
import { checkName } from '../infer/names.js';
import { checkCodes, checkDeclaration, checkedWhenRead } from '../infer/parameters.js';
import { isOpName, ruleOf } from '../infer/rules.js';
import { levelCount } from '../levels.js';
import { sizeOf } from '../shapes.js';
import { checkBits } from './bits.js';
import { LEVELS_SUFFIX, OFFSETS_SUFFIX, OWN } from './format.js';
import { list, record, refuse } from './json.js';
import { keepPacked } from './packed-codes.js';
import { isPackingName, PACKINGS, suits } from './packings.js';

/**
 * Puts a graph together again from JSON and tensors. It trusts neither; what the nodes say is for `inferStructure` to
 * check.
 */
export class GraphReader {
  /** Tensors that hold something else than a parameter's data. */
  readonly #beside = new Set<string>();
  /** What tensors hold that several nodes may share. */
  readonly #offsets = new Map<string, readonly Pair[]>();
  readonly #values = new Map<string, readonly number[]>();
  readonly #integers: readonly unknown[];
  /** What checks codes without unpacking them, where that can be done. */
  readonly checks = new Map<Parameter, () => void>();

  constructor(
    readonly json: Record<string, unknown>,
    readonly tensors: Readonly<Record<string, SafeTensor>>,
  ) {
    const known = ['inputs', 'nodes', 'outputs', 'codes', 'integers', 'same'];
    const unknown = Object.keys(json).find((key) => !known.includes(key));
    if (unknown !== undefined) refuse('unknown key', 'the graph', unknown);
    this.#integers = list(json.integers ?? [], 'integers');
  }

  /** The graph; of coded parameters `data` is unpacked anew each time that it is asked for. */
  read(): Graph {
    const inputs = list(this.json.inputs, 'inputs').map((input): GraphInput => {
      const [name, shape] = list(input, 'an input');
      return { name, shape } as GraphInput;
    });
    const names = inputs.map(({ name }) => name);
    const nodes = list(this.json.nodes, 'nodes').map((json) => {
      const node = this.#node(json, names);
      names.push(node.name);
      return node;
    });
    const outputs = list(this.json.outputs, 'outputs') as readonly string[];
    return { inputs, nodes, outputs, parameters: this.#parameters() };
  }

  #node(json: unknown, names: readonly string[]): GraphNode {
    const [name, op, attributes = {}, back = [1]] = list(json, 'a node');
    checkName(name, 'the nodes of the model file');
    const where = `node '${name}'`;
    if (!isOpName(op)) {
      throw new LowbitError('unsupported', {
        what: 'unknown op',
        where: `${where} of the model file`,
        received: op,
        hint: 'a newer version of this package may have it',
      });
    }
    const inputs = list(back, `inputs of ${where}`).map((steps) => {
      if (Number.isInteger(steps) && (steps as number) >= 1 && (steps as number) <= names.length)
        return names[names.length - (steps as number)]!;
      return refuse('an input must be one of the values before it', where, steps);
    });
    const node: Record<string, unknown> = { name, op, inputs };
    for (const [key, value] of Object.entries(record(attributes, `attributes of ${where}`))) {
      const fields: Readonly<Record<string, Field<unknown>>> = ruleOf(op).attributes;
      if (!Object.hasOwn(fields, key)) refuse('unknown attribute', `${where} (${op})`, key);
      node[key] = this.#attribute(name, key, fields[key]!, value);
    }
    for (const [key, field] of Object.entries<Field<unknown>>(ruleOf(op).attributes)) {
      if (field.optional || Object.hasOwn(node, key)) continue;
      if (field.kind !== 'plain') node[key] = this.#attribute(name, key, field, OWN);
      else if (field.usual !== undefined) node[key] = field.usual;
    }
    return node as unknown as GraphNode;
  }

  #attribute(node: string, key: string, { kind }: Field<unknown>, value: unknown): unknown {
    if (kind === 'parameter') return value === OWN ? `${node}/${key}` : value;
    if (kind === 'levels') return this.#levels(node, value);
    if (kind === 'offsets') return this.#readOffsets(value === OWN ? node + OFFSETS_SUFFIX : value);
    return value;
  }

  #levels(node: string, value: unknown): Levels {
    if (Array.isArray(value)) return { integers: this.#integers[value[0]], scale: value[1] } as Levels;
    const name = value === OWN ? node + LEVELS_SUFFIX : value;
    const { data } = this.#book(name);
    if (data.length > MAX_LEVELS) return refuse(`there may be ${MAX_LEVELS} levels`, `node '${node}'`, data.length);
    const values = this.#values.get(name as string) ?? [...data];
    this.#values.set(name as string, values);
    return { values };
  }

  #readOffsets(name: unknown): readonly Pair[] {
    const { dtype, shape, data } = this.#tensor(name);
    if ((dtype !== 'I8' && dtype !== 'I16') || shape.length !== 2 || shape[1] !== 2)
      return refuse('offsets must be I8 or I16 [channels, 2]', `tensor '${String(name)}'`, [dtype, shape]);
    const known = this.#offsets.get(name as string);
    if (known) return known;
    const offsets = Array.from(
      { length: shape[0]! },
      (_, i) => [Number(data[2 * i]), Number(data[2 * i + 1])] as const,
    );
    this.#offsets.set(name as string, offsets);
    return offsets;
  }

  #book(name: unknown): SafeTensor & { readonly dtype: 'F32' } {
    const tensor = this.#tensor(name);
    if (tensor.dtype === 'F32') return tensor;
    return refuse('levels must be F32', `tensor '${String(name)}'`, tensor.dtype);
  }

  /** A tensor that is no parameter's data. */
  #tensor(name: unknown): SafeTensor {
    if (typeof name !== 'string' || !Object.hasOwn(this.tensors, name))
      return refuse('a tensor is missing', undefined, name);
    this.#beside.add(name);
    return this.tensors[name]!;
  }

  #parameters(): Record<string, Parameter> {
    const parameters: Record<string, Parameter> = {};
    for (const [name, json] of Object.entries(record(this.json.codes ?? {}, 'codes'))) {
      checkName(name, 'the parameters of the model file');
      parameters[name] = this.#codes(name, json);
    }
    for (const [name, tensor] of Object.entries(this.tensors)) {
      if (this.#beside.has(name)) continue;
      checkName(name, 'the parameters of the model file');
      if (tensor.dtype !== 'F32') return refuse('a tensor is used by nothing', `tensor '${name}'`, tensor.dtype);
      parameters[name] = { kind: 'float32', shape: tensor.shape, data: tensor.data };
      checkDeclaration(name, parameters[name]);
    }
    const same = Object.entries(record(this.json.same ?? {}, 'same')).map(([name, holder]) => {
      checkName(name, 'the parameters of the model file');
      if (Object.hasOwn(parameters, name)) refuse('a parameter is given twice', 'same', name);
      if (typeof holder === 'string' && Object.hasOwn(parameters, holder)) return [name, parameters[holder]!] as const;
      return refuse('a parameter is missing', 'same', holder);
    });
    return { ...parameters, ...Object.fromEntries(same) };
  }

  #codes(name: string, json: unknown): CodedParameter {
    const where = `parameter '${name}'`;
    const [shape, bits, levels, packing = 'bits'] = list(json, where);
    const declared = { kind: 'codes', shape, bits, levels: this.#codedLevels(name, levels) } as Omit<
      CodedParameter,
      'data'
    >;
    checkDeclaration(name, declared);
    if (!isPackingName(packing) || !suits(packing, declared)) return refuse('unknown packing', where, packing);
    const { dtype, data } = this.#tensor(name);
    if (dtype !== 'U8') return refuse('codes must be U8', where, dtype);
    const size = sizeOf(declared.shape);
    const isFull = levelCount(declared.levels) === 2 ** declared.bits;
    const fail = (what: string, received: unknown) => refuse(what, where, received);
    const parameter: CodedParameter = {
      ...declared,
      get data() {
        const codes = PACKINGS[packing].unpack(data, size, declared.bits, fail);
        if (!isFull) checkCodes(name, { data: codes, levels: declared.levels });
        return codes;
      },
    };
    checkedWhenRead.add(Object.freeze(parameter));
    if (packing === 'bits' && isFull) {
      this.checks.set(parameter, () => checkBits(data, size, declared.bits, fail));
      keepPacked(parameter, data);
    }
    return parameter;
  }

  #codedLevels(name: string, json: unknown): unknown {
    if (typeof json === 'number') return { integers: this.#integers[json] };
    const { shape, data } = this.#book(json === OWN ? name + LEVELS_SUFFIX : json);
    return { values: data, grid: shape.slice(0, -1) };
  }
}
