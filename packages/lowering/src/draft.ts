import type { Graph, GraphInput, GraphNode, OpName, Operation, Operations, Parameter, Value } from '@lowbit/graph';
import { roundedBias, roundedScale, followedBy, type ExactEpilogue } from './epilogue.js';

/** A value of a graph that is being made. */
export interface LoweredValue extends Value {
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
export type Result = Pick<Value, 'shape'> & Partial<Pick<LoweredValue, 'type' | 'range'>>;

interface DraftNode {
  readonly name: string;
  readonly op: OpName;
  inputs: readonly string[];
  readonly attributes: object;
  readonly channels: number;
  epilogue?: ExactEpilogue;
}

/** A graph that is being made. Epilogues stay in float64 until it is finished. */
export class Draft {
  readonly #inputs: GraphInput[] = [];
  readonly #nodes: DraftNode[] = [];
  readonly #parameters: Record<string, Parameter> = {};
  readonly #names = new Set<string>();
  readonly #shared = new Map<string, string>();
  readonly #real = new Map<string, LoweredValue>();

  input(name: string, shape: readonly number[]): LoweredValue {
    const unique = this.unique(name);
    this.#inputs.push({ name: unique, shape });
    return { name: unique, shape, type: 'float32' };
  }

  /** Adds a node. `epilogue` is only for ops that have one. */
  add<Op extends OpName>(
    name: string,
    op: Op,
    inputs: readonly LoweredValue[],
    attributes: Attributes<Op>,
    { shape, type = 'float32', range }: Result,
    epilogue?: ExactEpilogue,
  ): LoweredValue {
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
  real(value: LoweredValue): LoweredValue {
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

  finish(outputs: readonly LoweredValue[], metadata?: Readonly<Record<string, string>>): Graph {
    const names = this.#fold(outputs.map((value) => value.name));
    const nodes = this.#nodes.map((node) => this.#finished(node));
    return { inputs: this.#inputs, nodes, outputs: names, parameters: this.#parameters, ...(metadata && { metadata }) };
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
