import type { Parameter } from '@lowbit/graph';

/** A constant of the graph with its axes where ONNX wants them. */
export interface Weights {
  /** Float32 numbers, or the integers that codes stand for. */
  readonly data: Float32Array;
  readonly dims: readonly number[];
  /** The integers that there are, if they are integers. */
  readonly integers?: readonly number[];
}

/** A parameter of the graph, decoded: what its codes are multiplied as. */
export function weightsOf(parameter: Parameter): Weights {
  const { shape } = parameter;
  if (parameter.kind === 'float32') return { data: parameter.data, dims: shape };
  const { data: codes, levels } = parameter;
  if ('integers' in levels) {
    return { data: Float32Array.from(codes, (code) => levels.integers[code]!), dims: shape, integers: levels.integers };
  }
  const count = levels.values.length / levels.grid.reduce((product, size) => product * size, 1);
  const data = new Float32Array(codes.length);
  codes.forEach((code, at) => {
    // the block that this place is in: its row of the code book
    let [block, stride, rest] = [0, 1, at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const place = rest % shape[axis]!;
      block += Math.floor((place * levels.grid[axis]!) / shape[axis]!) * stride;
      stride *= levels.grid[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    data[at] = levels.values[block * count + code]!;
  });
  return { data, dims: shape, integers: undefined };
}

/** The same with its axes in another order: axis i of the result is axis permutation[i]. */
export function permute(weights: Weights, permutation: readonly number[]): Weights {
  const { dims } = weights;
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, size) => product * size, 1));
  const to = permutation.map((axis) => dims[axis]!);
  const step = permutation.map((axis) => strides[axis]!);
  const place = to.map(() => 0);
  let from = 0;
  const data = weights.data.map((_value, i, source) => {
    const value = source[from]!;
    // the next place, last axis first
    for (let axis = to.length - 1; axis >= 0 && i < source.length - 1; axis--) {
      from += step[axis]!;
      if (++place[axis]! < to[axis]!) break;
      from -= step[axis]! * to[axis]!;
      place[axis] = 0;
    }
    return value;
  });
  return { ...weights, data, dims: to };
}

/** The same values in another shape. */
export function reshaped(weights: Weights, dims: readonly number[]): Weights {
  return { ...weights, dims };
}

/** Each value times that of its place along `axis`; `factors` may be one for all. Rounded to float32. */
export function timesAlong(weights: Weights, axis: number, factors: readonly number[]): Float32Array {
  const after = weights.dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const size = weights.dims[axis]!;
  return weights.data.map((value, i) => value * factors[factors.length === 1 ? 0 : Math.floor(i / after) % size]!);
}
