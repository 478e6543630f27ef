import type { OpName, Parameter, UnaryFunction } from '@lowbit/graph';
import { LowbitError } from '@lowbit/plugin-api';
import type { Attributes, Draft, LoweredValue, Result } from './draft.js';
import { IDENTITY, type ExactEpilogue } from './epilogue.js';
import type { CheckedOptions } from './options.js';

/** Where one application of a layer is lowered. */
export class LayerScope {
  constructor(
    /** @internal */
    readonly draft: Draft,
    /** What the layer's parameters are named by: 'conv', 'inner/conv' in a model inside. */
    readonly path: string,
    readonly className: string,
    readonly options: CheckedOptions,
    /** Shape of the layer's (first) result, without the batch. */
    readonly outputShape: readonly number[],
  ) {}

  /** Adds a node: the layer's own name, or a part of it. */
  add<Op extends OpName>(
    op: Op,
    inputs: readonly LoweredValue[],
    attributes: Attributes<Op>,
    result: Result,
    { part, epilogue }: { readonly part?: string; readonly epilogue?: ExactEpilogue } = {},
  ): LoweredValue {
    return this.draft.add(part ? `${this.path}/${part}` : this.path, op, inputs, attributes, result, epilogue);
  }

  /** A parameter of the layer; made once, however often the layer is used. */
  parameter(part: string, make: () => Parameter): string {
    return this.draft.parameter(`${this.path}/${part}`, make);
  }

  /** A parameter of real numbers. */
  floats(part: string, shape: readonly number[], values: () => ArrayLike<number>): string {
    return this.parameter(part, () => ({ kind: 'float32', shape, data: Float32Array.from(values()) }));
  }

  /** A value as real numbers. */
  real(value: LoweredValue): LoweredValue {
    return this.draft.real(value);
  }

  /** y = x · scale + bias, which goes into the node before where that can take it. */
  affine(value: LoweredValue, epilogue: ExactEpilogue = IDENTITY, part?: string): LoweredValue {
    const x = this.real(value);
    return this.add('affine', [x], {}, { shape: x.shape }, { part, epilogue });
  }

  unary(value: LoweredValue, name: UnaryFunction, part?: string): LoweredValue {
    const x = this.real(value);
    const range = rangeOf(name, x.range);
    if (name === 'relu' && x.range && x.range[0] >= 0) return value;
    return this.add('unary', [x], { function: name }, { shape: x.shape, range }, { part });
  }

  /** The same values in another shape. */
  reshape(value: LoweredValue, shape: readonly number[], part?: string): LoweredValue {
    if (shape.length === value.shape.length && shape.every((size, i) => size === value.shape[i])) return value;
    return this.add('reshape', [value], { shape }, { ...value, shape }, { part });
  }

  transpose(value: LoweredValue, permutation: readonly number[], part?: string): LoweredValue {
    const shape = permutation.map((axis) => value.shape[axis]!);
    return this.add('transpose', [value], { permutation }, { ...value, shape }, { part });
  }

  /** An element-wise op on two values. */
  pair(op: 'add' | 'subtract' | 'multiply' | 'maximum', a: LoweredValue, b: LoweredValue, part?: string): LoweredValue {
    const inputs = [this.real(a), this.real(b)];
    const range =
      op === 'add' && a.range && b.range ? ([a.range[0] + b.range[0], a.range[1] + b.range[1]] as const) : undefined;
    return this.add(op, inputs, {}, { shape: broadcast(a.shape, b.shape), range }, { part });
  }

  concat(values: readonly LoweredValue[], axis: number, part?: string): LoweredValue {
    const [first] = values as [LoweredValue];
    const alike = values.every(({ type }) => JSON.stringify(type) === JSON.stringify(first.type));
    const inputs = alike ? values : values.map((value) => this.real(value));
    const shape = first.shape.with(
      axis,
      values.reduce((sum, value) => sum + value.shape[axis]!, 0),
    );
    const ranges = values.flatMap(({ range }) => (range ? [range] : []));
    const range = ranges.length === values.length ? hull(ranges) : undefined;
    return this.add('concat', inputs, { axis }, { shape, type: inputs[0]!.type, range }, { part });
  }

  /** Refuses the layer. */
  refuse(what: string, hint: string, received?: unknown): LowbitError {
    return new LowbitError('unsupported', { what, where: `layer '${this.path}' (${this.className})`, received, hint });
  }
}

/** The range that holds all of these. */
export function hull(ranges: readonly (readonly [number, number])[]): [number, number] {
  return [Math.min(...ranges.map(([least]) => least)), Math.max(...ranges.map(([, most]) => most))];
}

function rangeOf(name: UnaryFunction, range: LoweredValue['range']): LoweredValue['range'] {
  if (name === 'sigmoid' || name === 'hardSigmoid') return [0, 1];
  if (name === 'tanh') return [-1, 1];
  if (name === 'relu6') return [0, 6];
  return name === 'relu' && range ? [Math.max(range[0], 0), Math.max(range[1], 0)] : undefined;
}

/** The shape of two values of which sizes of 1 are repeated, their last axes side by side. */
function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  return long.map((size, i) => {
    const other = short[i - long.length + short.length] ?? 1;
    return size === 1 ? other : size;
  });
}
