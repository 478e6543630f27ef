import type { Graph, GraphInput, GraphNode, OpName, Operation, Operations, Parameter, Value } from '../graph.js';
import { roundedBias, roundedScale, followedBy, type ExactEpilogue } from './epilogue.js';

/** A value of a graph that is being made. */
export interface DraftValue extends Value {
  readonly name: string;
  /** What lies outside of it never occurs, where that is known. */
  readonly range?: readonly [least: number, most: number];
}

/** The ops that have an epilogue. */
export type ScaledOp = 'conv2d' | 'convTranspose2d' | 'dense' | 'affine';

/** What a node of a draft has besides its name and inputs: its epilogue is apart. */
export type Attributes<Op extends OpName> = Op extends ScaledOp
  ? Omit<Operations[Op], 'scale' | 'bias'>
  : Operations[Op];

/** The result of a node: float32 unless a type is given. */
export type Result = Pick<Value, 'shape'> & Partial<Pick<DraftValue, 'type' | 'range'>>;

interface DraftNode {
  readonly name: string;
  readonly op: OpName;
  inputs: readonly string[];
  readonly attributes: object;
  readonly channels: number;
  epilogue?: ExactEpilogue;
}

/** A graph that is being made. Epilogues stay in float64 until it is finished, and nodes that turn out to be of no use are left out. */
export class Draft {
  readonly #inputs: GraphInput[] = [];
  readonly #nodes: DraftNode[] = [];
  readonly #parameters: Record<string, Parameter> = {};
  readonly #names = new Set<string>();
  readonly #shared = new Map<string, string>();
  readonly #real = new Map<string, DraftValue>();

  input(name: string, shape: readonly number[]): DraftValue {
    const unique = this.unique(name);
    this.#inputs.push({ name: unique, shape });
    return { name: unique, shape, type: 'float32' };
  }

  /** Adds a node. `epilogue` is only for ops that have one. */
  add<Op extends OpName>(
    name: string,
    op: Op,
    inputs: readonly DraftValue[],
    attributes: Attributes<Op>,
    { shape, type = 'float32', range }: Result,
    epilogue?: ExactEpilogue,
  ): DraftValue {
    const unique = this.unique(name);
    this.#nodes.push({
      name: unique,
      op,
      inputs: inputs.map((each) => each.name),
      attributes,
      channels: shape.at(-1) ?? 1,
      epilogue,
    });
    return { name: unique, shape, type, ...(range && { range }) };
  }

  /** A parameter of this name, made when it is first asked for: a layer that is used twice has its weights once. */
  parameter(name: string, make: () => Parameter): string {
    if (!Object.hasOwn(this.#parameters, name)) this.#parameters[name] = make();
    return name;
  }

  /** A parameter of one axis whose very numbers may be there already under another name: the thresholds of quantizers that are alike. */
  shared(name: string, data: Float32Array): string {
    const key = data.join();
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    this.#shared.set(key, name);
    return this.parameter(name, () => ({ kind: 'float32', shape: [data.length], data }));
  }

  /** Real numbers: codes as what they stand for, once for all that read them. */
  real(value: DraftValue): DraftValue {
    if (value.type === 'float32') return value;
    let made = this.#real.get(value.name);
    if (!made) {
      const { shape, range } = value;
      made = this.add(`${value.name}/real`, 'dequantize', [value], {}, { shape, range });
      this.#real.set(value.name, made);
    }
    return made;
  }

  /** A name that nothing has yet: 'conv', 'conv_1' … */
  unique(name: string): string {
    let unique = name;
    for (let i = 1; this.#names.has(unique); i++) unique = `${name}_${i}`;
    this.#names.add(unique);
    return unique;
  }

  /** The graph of what the outputs need. */
  finish(outputs: readonly DraftValue[], metadata?: Readonly<Record<string, string>>): Graph {
    this.#keepNeeded(outputs);
    const names = this.#fold(outputs.map((value) => value.name));
    const nodes = this.#nodes.map((node) => this.#finished(node));
    const used = new Set(nodes.flatMap((node) => Object.values(node).filter((value) => typeof value === 'string')));
    const parameters = Object.fromEntries(Object.entries(this.#parameters).filter(([name]) => used.has(name)));
    return { inputs: this.#inputs, nodes, outputs: names, parameters, ...(metadata && { metadata }) };
  }

  /** Takes out the nodes that no output comes from. */
  #keepNeeded(outputs: readonly DraftValue[]): void {
    const needed = new Set(outputs.map(({ name }) => name));
    for (const { name, inputs } of this.#nodes.toReversed()) {
      if (needed.has(name)) inputs.forEach((input) => needed.add(input));
    }
    this.#nodes.splice(0, this.#nodes.length, ...this.#nodes.filter(({ name }) => needed.has(name)));
  }

  /** Puts each `affine` into the node that it is the only reader of; that node keeps its name. Gives the outputs' names. */
  #fold(outputs: readonly string[]): string[] {
    const readers = new Map<string, number>();
    const count = (name: string) => readers.set(name, (readers.get(name) ?? 0) + 1);
    for (const { inputs } of this.#nodes) inputs.forEach(count);
    outputs.forEach(count);
    const made = new Map(this.#nodes.map((node) => [node.name, node]));
    const renamed = new Map<string, string>();
    const now = (name: string) => renamed.get(name) ?? name;
    const kept = this.#nodes.filter((node) => {
      node.inputs = node.inputs.map(now);
      const [input] = node.inputs;
      const before = node.op === 'affine' ? made.get(input!) : undefined;
      if (!before?.epilogue || readers.get(input!) !== 1) return true;
      before.epilogue = followedBy(before.epilogue, node.epilogue!);
      renamed.set(node.name, before.name);
      readers.set(before.name, readers.get(node.name)!);
      return false;
    });
    this.#nodes.splice(0, this.#nodes.length, ...kept);
    return outputs.map(now);
  }

  #finished({ name, op, inputs, attributes, channels, epilogue }: DraftNode): GraphNode {
    const written = epilogue && {
      ...this.#numbers(`${name}/scale`, 'scale', roundedScale(epilogue)),
      ...this.#numbers(`${name}/bias`, 'bias', roundedBias(epilogue, channels)),
    };
    return { name, op, inputs, ...attributes, ...written } as Operation<OpName> as GraphNode;
  }

  #numbers(name: string, key: 'scale' | 'bias', data: Float32Array | undefined): Record<string, string> {
    return data ? { [key]: this.parameter(name, () => ({ kind: 'float32', shape: [data.length], data })) } : {};
  }
}
