import { LowbitError } from '@lowbit/plugin-api';

/** Kinds of numbers: of all that ONNX has, what becomes of them here. */
export type Kind = 'float' | 'int' | 'bool';

/** Numbers that are known: weights, and what shapes are computed with. Floats in float32, integers and booleans in float64. */
export interface Constant {
  readonly is: 'constant';
  /** As ONNX has it; [] of a scalar. */
  readonly shape: readonly number[];
  readonly kind: Kind;
  readonly data: Float32Array | Float64Array;
}

export function constant(kind: Kind, shape: readonly number[], data: ArrayLike<number>): Constant {
  const Kept = kind === 'float' ? Float32Array : Float64Array;
  return { is: 'constant', shape, kind, data: data instanceof Kept ? data : Kept.from(data) };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** How many places one step along each axis goes. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** How many numbers a model may compute before it runs. */
const MOST = 2 ** 25;

/** Counts what is computed from constants: a few bytes of a file can ask for more than any memory holds. */
export class Budget {
  #left = MOST;

  /** @throws LowbitError ('data') more than a model has any use for */
  take(shape: readonly number[], where: string): number {
    const size = sizeOf(shape);
    if (!(size <= this.#left)) {
      const hint = 'make the model smaller, or have its constants folded by the tool that exports it';
      throw new LowbitError('data', { what: 'constants too large to compute', where, received: shape, hint });
    }
    this.#left -= size;
    return size;
  }
}

/** The shape of two shapes side by side by their last axes, sizes of 1 repeated; undefined where they do not fit. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape = Array.from({ length: rank }, (_, i) => {
    const [left, right] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    return left === 1 || left === right ? right : right === 1 ? left : NaN;
  });
  return shape.some(Number.isNaN) ? undefined : shape;
}

/** The numbers of a constant where each place of `shape` finds its own; `order` says which of its axes come in which order. */
export function spread(
  { shape: own, data }: Pick<Constant, 'shape' | 'data'>,
  shape: readonly number[],
  order: readonly number[] = shape.map((_, axis) => axis),
): Float64Array {
  const missing = shape.length - own.length;
  const steps = stridesOf(own);
  const strides = order.map((axis) => (axis < missing || own[axis - missing] === 1 ? 0 : steps[axis - missing]!));
  const sizes = order.map((axis) => shape[axis]!);
  const result = new Float64Array(sizeOf(sizes));
  const index = new Array<number>(sizes.length).fill(0);
  let from = 0;
  for (let at = 0; at < result.length; at++) {
    result[at] = data[from]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < sizes[axis]!) break;
      from -= strides[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
