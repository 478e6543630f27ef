import {
  Draft,
  type Attributes,
  type DraftValue,
  type ExactEpilogue,
  type OpName,
  type Parameter,
} from '@lowbit/graph';
import { LowbitError } from '@lowbit/plugin-api';
import type { OnnxNode } from './attributes.js';
import { Budget, sizeOf, type Constant, type Kind } from './constant.js';
import { said } from './said.js';
import type { External } from './tensors.js';
import { channelsLast, equal, graphShape, plainOrder, wide, type Entry, type Known, type Value } from './value.js';

/** What a node of the graph makes, and how that lies to ONNX. */
interface Made {
  readonly shape: readonly number[];
  /** The plain order unless given. */
  readonly order?: readonly number[];
  readonly kind?: Kind;
  readonly known?: Known;
  readonly epilogue?: ExactEpilogue;
}

/** The graph while it is made, and the values that ONNX's names stand for. */
export class Net {
  readonly draft = new Draft();
  readonly budget = new Budget();
  readonly #entries = new Map<string, Entry>();
  readonly #arranged = new Map<string, DraftValue>();
  /** The node that is imported. */
  node!: OnnxNode;
  #name = '';

  constructor(
    /** Names that the graph keeps: those of the outputs. */
    readonly outputs: ReadonlySet<string>,
    readonly external: External,
  ) {}

  begin(node: OnnxNode): void {
    this.node = node;
    const [output = ''] = node.outputs;
    this.#name = nameOf(this.outputs.has(output) ? output : node.name);
  }

  define(name: string, entry: Entry): void {
    if (this.#entries.has(name)) throw new LowbitError('data', { what: 'two values of one name', where: said(name) });
    this.#entries.set(name, entry);
  }

  find(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** An input of the node; undefined of one that is left out. */
  optional(i: number): Entry | undefined {
    const name = this.node.inputs[i];
    if (!name) return undefined;
    const entry = this.#entries.get(name);
    if (entry) return entry;
    throw this.node.damaged('an input that no node before it makes', name);
  }

  input(i: number): Entry {
    const entry = this.optional(i);
    if (entry) return entry;
    throw this.node.damaged(`its input ${i} is missing`);
  }

  /** An input that depends on the model's. */
  value(i: number): Value {
    const entry = this.input(i);
    if (entry.is === 'value') return entry;
    throw this.node.refuse(
      'an op on constants that only values are imported of',
      'fold the constants, as onnxsim does',
      `input ${i}`,
    );
  }

  /** An input that must be known before the model runs. */
  constant(i: number, what: string): Constant {
    const found = this.optionalConstant(i, what);
    if (found) return found;
    throw this.node.damaged(`its ${what} (input ${i}) is missing`);
  }

  optionalConstant(i: number, what: string): Constant | undefined {
    const entry = this.optional(i);
    if (entry?.is !== 'value') return entry;
    throw this.node.refuse(
      `${what} that is computed from the inputs`,
      `export the model with a constant ${what}`,
      this.node.inputs[i],
    );
  }

  /** Whole numbers that must be known before the model runs. */
  whole(i: number, what: string): readonly number[] | undefined {
    const found = this.optionalConstant(i, what);
    if (!found) return undefined;
    const numbers = Array.from(found.data);
    if (numbers.every(Number.isInteger)) return numbers;
    throw this.node.damaged(`its ${what} must be whole numbers`, numbers);
  }

  /** Adds a node of the graph. */
  add<Op extends OpName>(op: Op, inputs: readonly DraftValue[], attributes: Attributes<Op>, made: Made): Value {
    const { shape, order = plainOrder(shape), kind = 'float', known, epilogue } = made;
    const result = this.draft.add(this.#name, op, inputs, attributes, { shape: graphShape(shape, order) }, epilogue);
    return { is: 'value', shape, kind, order, made: result, known };
  }

  /** A parameter of the node that is imported. */
  floats(part: string, shape: readonly number[], data: Float32Array): string {
    const name = this.draft.unique(`${this.#name}/${part}`);
    const parameter: Parameter = { kind: 'float32', shape, data };
    return this.draft.parameter(name, () => parameter);
  }

  /** x · scale + bias in each channel of the last axis in the graph, or by one number. */
  affine(x: Value, epilogue: ExactEpilogue, order: readonly number[] = x.order, known?: Known): Value {
    return this.add('affine', [this.arranged(x, order)], {}, { ...x, order, epilogue, known });
  }

  /** A value with its axes in the graph in this order; axes that are not in it have size 1. */
  arranged(value: Value, order: readonly number[]): DraftValue {
    const { shape } = value;
    const made = this.made(value);
    const target = graphShape(shape, order);
    const [from, to] = [wide(shape, value.order), wide(shape, order)];
    if (equal(from, to)) return this.#once(made, 'reshape', target);
    const narrow = this.#once(made, 'reshape', graphShape(shape, from));
    const permutation = to.map((axis) => from.indexOf(axis));
    const key = `${narrow.name} by ${permutation.join()}`;
    const turned = this.#arranged.get(key) ?? this.#plain('transpose', narrow, { permutation }, graphShape(shape, to));
    this.#arranged.set(key, turned);
    return this.#once(turned, 'reshape', target);
  }

  /** A value as ONNX has it: row-major. */
  plain(value: Value): DraftValue {
    return this.arranged(value, plainOrder(value.shape));
  }

  /** The numbers of a value in one row, in the order in which they lie. */
  inRow(value: Value): DraftValue {
    return this.#once(this.made(value), 'reshape', [sizeOf(value.shape)]);
  }

  /** The other way round: what lies in one row, as a value of a shape whose axes lie in this order. */
  inShape(row: Value, shape: readonly number[], order: readonly number[]): Value {
    const made = this.#once(this.made(row), 'reshape', graphShape(shape, order));
    return { is: 'value', shape, kind: row.kind, order, made };
  }

  /** [1, channels, height, width] as [height, width, channels], [1, channels, width] as [width, channels]. */
  image(value: Value): DraftValue {
    if (value.shape.length < 3 || value.shape.length > 4) {
      throw this.node.refuse(
        `a value of ${value.shape.length} axes`,
        'it takes [batch, channels, (height,) width]',
        value.shape,
      );
    }
    if (value.shape[0] !== 1)
      throw this.node.refuse('a batch that was put together', 'keep the examples apart', value.shape);
    return this.arranged(value, channelsLast(value.shape));
  }

  /** The numbers of a value, row-major, in another shape. */
  reshaped(value: Value, shape: readonly number[]): Value {
    if (sizeOf(shape) !== sizeOf(value.shape)) {
      throw this.node.damaged(`a shape of ${sizeOf(shape)} for ${sizeOf(value.shape)} values`, shape);
    }
    const axes = (of: readonly number[]) =>
      wide(
        of,
        of.map((_, axis) => axis),
      );
    const [from, to] = [axes(value.shape), axes(shape)];
    const sizes = (of: readonly number[], kept: readonly number[]) => kept.map((axis) => of[axis]!);
    if (equal(sizes(value.shape, from), sizes(shape, to))) {
      // only axes of size 1 came or went: nothing moves
      const order = wide(value.shape, value.order).map((axis) => to[from.indexOf(axis)]!);
      const made = value.made && this.#once(value.made, 'reshape', graphShape(shape, order));
      const { known } = value;
      return { ...value, shape, order, made, known: known?.is === 'flattened' ? known : undefined };
    }
    const order = plainOrder(shape);
    const made = this.#once(this.plain(value), 'reshape', graphShape(shape, order));
    const known: Known | undefined = to.length === 1 ? { is: 'flattened', of: value } : undefined;
    return { is: 'value', shape, kind: value.kind, order, made, known };
  }

  made({ made }: Value): DraftValue {
    if (made) return made;
    throw this.node.refuse(
      'an Erf that is no part of a GELU',
      'write x · ½ · (1 + erf(x / √2)), or take Gelu of opset 20',
    );
  }

  #once(value: DraftValue, op: 'reshape', shape: readonly number[]): DraftValue {
    if (equal(value.shape, shape)) return value;
    const key = `${value.name} as ${shape.join()}`;
    const known = this.#arranged.get(key) ?? this.#plain(op, value, { shape }, shape);
    this.#arranged.set(key, known);
    return known;
  }

  #plain<Op extends 'reshape' | 'transpose'>(
    op: Op,
    x: DraftValue,
    attributes: Attributes<Op>,
    shape: readonly number[],
  ): DraftValue {
    return this.draft.add(`${x.name}/${op}`, op, [x], attributes, { shape });
  }
}

/** A name as graphs and layers have it: '/layer1/conv1/Conv' as 'layer1.conv1.Conv'. */
export function nameOf(onnx: string): string {
  const name = onnx.replace(/^\/+/, '').replace(/[/\s\p{C}]+/gu, '.');
  return name === '' || name === '__proto__' ? 'value' : name;
}
