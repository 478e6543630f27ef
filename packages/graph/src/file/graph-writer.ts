import type { SafeTensor } from '@lowbit/safetensors';
import type { CodedParameter, Graph, GraphNode, Levels, Pair } from '../graph.js';
import type { Field } from '../infer/fields.js';
import { ruleOf } from '../infer/rules.js';
import { levelCount } from '../levels.js';
import { LEVELS_SUFFIX, OFFSETS_SUFFIX, OWN, type CodesJson, type GraphJson, type NodeJson } from './format.js';
import { PACKINGS, suits, type ExtraPacking } from './packings.js';
import { Tensors } from './tensors.js';

/** Takes a graph that was checked apart into JSON and tensors. */
export class GraphWriter {
  readonly #tensors = new Tensors();
  readonly #integers = new Map<string, number>();
  readonly #codes: Record<string, CodesJson> = {};
  readonly #same: Record<string, string> = {};

  constructor(
    readonly graph: Graph,
    readonly packings: readonly ExtraPacking[],
  ) {}

  write(): { json: GraphJson; tensors: Record<string, SafeTensor> } {
    const { inputs, nodes, outputs, parameters } = this.graph;
    for (const name of Object.keys(parameters).sort()) this.#addParameter(name);
    const places = new Map([...inputs, ...nodes].map(({ name }, place) => [name, place]));
    const json = {
      inputs: inputs.map(({ name, shape }) => [name, shape] as const),
      nodes: nodes.map((node) => this.#node(node, places)),
      outputs,
      ...whereAny('codes', this.#codes),
      ...(this.#integers.size > 0 && {
        integers: [...this.#integers.keys()].map((list) => JSON.parse(list) as number[]),
      }),
      ...whereAny('same', this.#same),
    };
    return { json, tensors: this.#tensors.stored };
  }

  #addParameter(name: string): void {
    const parameter = this.graph.parameters[name]!;
    const { shape } = parameter;
    if (parameter.kind === 'float32') {
      this.#noteSame(name, this.#tensors.add(name, { dtype: 'F32', shape, data: parameter.data }, 'parameter'));
      return;
    }
    const { bits } = parameter;
    const { packing, bytes } = this.#packed(parameter);
    const levels = this.#codedLevels(name, parameter);
    const tensor: SafeTensor = { dtype: 'U8', shape: [bytes.length], data: bytes };
    const holder = this.#tensors.add(name, tensor, JSON.stringify([shape, bits, levels, packing]));
    this.#noteSame(name, holder);
    if (holder !== name) return;
    const short = levels === name + LEVELS_SUFFIX ? OWN : levels;
    this.#codes[name] = packing === 'bits' ? [shape, bits, short] : [shape, bits, short, packing];
  }

  #noteSame(name: string, holder: string): void {
    if (holder !== name) this.#same[name] = holder;
  }

  /** The smallest way. */
  #packed(parameter: CodedParameter) {
    const ways = (['bits', ...this.packings] as const)
      .filter((packing) => suits(packing, parameter))
      .map((packing) => ({ packing, bytes: PACKINGS[packing].pack(parameter.data, parameter.bits) }));
    return ways.reduce((best, way) => (way.bytes.length < best.bytes.length ? way : best));
  }

  #codedLevels(name: string, { levels }: CodedParameter): number | string {
    if ('integers' in levels) return this.#listNumber(levels.integers);
    const shape = [...levels.grid, levelCount(levels)];
    return this.#tensors.add(name + LEVELS_SUFFIX, { dtype: 'F32', shape, data: levels.values }, 'levels');
  }

  #listNumber(integers: readonly number[]): number {
    const key = JSON.stringify(integers);
    const known = this.#integers.get(key);
    if (known !== undefined) return known;
    this.#integers.set(key, this.#integers.size);
    return this.#integers.size - 1;
  }

  #node(node: GraphNode, places: ReadonlyMap<string, number>): NodeJson {
    const attributes: Record<string, unknown> = {};
    for (const [key, field] of Object.entries<Field<unknown>>(ruleOf(node.op).attributes)) {
      const value: unknown = (node as unknown as Record<string, unknown>)[key];
      if (value === undefined || isUsual(value, field)) continue;
      const short = this.#attribute(node.name, key, field, value);
      if (short !== OWN || field.kind === 'plain' || field.optional) attributes[key] = short;
    }
    const place = places.get(node.name)!;
    const back = node.inputs.map((name) => place - places.get(name)!);
    if (back.length !== 1 || back[0] !== 1) return [node.name, node.op, attributes, back];
    return Object.keys(attributes).length > 0 ? [node.name, node.op, attributes] : [node.name, node.op];
  }

  #attribute(node: string, key: string, { kind }: Field<unknown>, value: unknown): unknown {
    if (kind === 'parameter') return value === `${node}/${key}` ? OWN : value;
    if (kind === 'levels') return this.#levels(node, value as Levels);
    if (kind === 'offsets') return this.#offsets(node, value as readonly Pair[]);
    return value;
  }

  #levels(node: string, levels: Levels): unknown {
    if ('integers' in levels) return [this.#listNumber(levels.integers), levels.scale];
    const name = node + LEVELS_SUFFIX;
    const data = Float32Array.from(levels.values);
    const holder = this.#tensors.add(name, { dtype: 'F32', shape: [data.length], data }, 'levels');
    return holder === name ? OWN : holder;
  }

  #offsets(node: string, offsets: readonly Pair[]): unknown {
    const name = node + OFFSETS_SUFFIX;
    const flat = offsets.flat();
    const shape = [offsets.length, 2];
    const small = flat.every((offset) => offset >= -128 && offset <= 127);
    const tensor: SafeTensor = small
      ? { dtype: 'I8', shape, data: Int8Array.from(flat) }
      : { dtype: 'I16', shape, data: Int16Array.from(flat) };
    const holder = this.#tensors.add(name, tensor, 'offsets');
    return holder === name ? OWN : holder;
  }
}

function isUsual(value: unknown, { usual }: Field<unknown>): boolean {
  return usual !== undefined && JSON.stringify(value) === JSON.stringify(usual);
}

function whereAny<Key extends string, T extends object>(key: Key, record: T): { [K in Key]?: T } {
  return (Object.keys(record).length > 0 ? { [key]: record } : {}) as { [K in Key]?: T };
}
