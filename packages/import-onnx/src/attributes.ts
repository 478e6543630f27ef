import { ATTRIBUTE, type AttributeProto, type NodeProto, type TensorProto } from '@lowbit/onnx-proto';
import { LowbitError } from '@lowbit/plugin-api';
import { said } from './said.js';

/** One node of the file as ops read it: each attribute is asked for, and one that nobody has asked for is refused. */
export class OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #attributes: ReadonlyMap<string, AttributeProto>;
  readonly #asked = new Set<string>();

  constructor(
    { opType = '', input = [], output = [], attribute = [], name }: NodeProto,
    readonly opset: number,
  ) {
    this.op = opType;
    this.inputs = input;
    this.outputs = output;
    this.name = name || output[0] || opType;
    this.#attributes = new Map(attribute.map((each) => [each.name ?? '', each]));
  }

  /** Its own, or that of its first result where it has none. */
  readonly name: string;

  /** For messages. */
  get where(): string {
    return `node ${said(this.name)} (${said(this.op).slice(1, -1)})`;
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  int(name: string, orElse: number): number {
    const { i = 0 } = this.#get(name, ATTRIBUTE.int) ?? { i: orElse };
    return Number.isSafeInteger(i) ? i : this.#bad(name, i);
  }

  flag(name: string, orElse: boolean): boolean {
    return this.int(name, Number(orElse)) !== 0;
  }

  float(name: string, orElse: number): number {
    const { f = 0 } = this.#get(name, ATTRIBUTE.float) ?? { f: orElse };
    return Number.isFinite(f) ? f : this.#bad(name, f);
  }

  text(name: string, orElse: string): string {
    const { s } = this.#get(name, ATTRIBUTE.string) ?? {};
    return s ? new TextDecoder().decode(s) : orElse;
  }

  /** @throws LowbitError ('data') not whole numbers, or not as many as there must be */
  ints(name: string, orElse: readonly number[], count = orElse.length): readonly number[] {
    const found = this.#get(name, ATTRIBUTE.ints);
    const ints = found ? (found.ints ?? []) : orElse;
    return ints.length === count && ints.every(Number.isSafeInteger) ? ints : this.#bad(name, ints);
  }

  /** Of any number. */
  list(name: string): readonly number[] | undefined {
    const found = this.#get(name, ATTRIBUTE.ints);
    return found && this.ints(name, [], found.ints?.length ?? 0);
  }

  floats(name: string): readonly number[] {
    return this.#get(name, ATTRIBUTE.floats)?.floats ?? [];
  }

  tensor(name: string): TensorProto | undefined {
    return this.#get(name, ATTRIBUTE.tensor)?.t;
  }

  /** An attribute that changes nothing here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  /** @throws LowbitError ('unsupported') an attribute that no one has asked for */
  finish(): void {
    for (const name of this.#attributes.keys()) {
      if (!this.#asked.has(name)) throw this.refuse(`the attribute ${said(name)}`, 'export the model without it');
    }
  }

  refuse(what: string, hint: string, received?: unknown): LowbitError {
    return new LowbitError('unsupported', { what: `${what} cannot be imported`, where: this.where, received, hint });
  }

  damaged(what: string, received?: unknown): LowbitError {
    const hint = 'check the model with onnx.checker, and export it again';
    return new LowbitError('data', { what, where: this.where, received, hint });
  }

  #get(name: string, type: number): AttributeProto | undefined {
    this.#asked.add(name);
    const found = this.#attributes.get(name);
    // files of before type was required leave it out
    if (found && found.type !== undefined && found.type !== type)
      throw this.damaged(`attribute '${name}' of a wrong type`, found.type);
    return found;
  }

  #bad(name: string, received: unknown): never {
    throw this.damaged(`a bad attribute '${name}'`, received);
  }
}
