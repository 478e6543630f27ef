import { constant, sizeOf, spread, stridesOf, type Constant } from '../constant.js';
import type { Net } from '../net.js';

/** An axis of `rank`, counted back from the end where it is below 0. @throws LowbitError ('data') there is none such */
export function axisIn({ node }: Net, axis: number, rank: number): number {
  const found = axis < 0 ? axis + rank : axis;
  if (found >= 0 && found < rank) return found;
  throw node.damaged(`an axis of ${rank}`, axis);
}

export function axisOf(net: Net, name: string, orElse: number, rank: number): number {
  return axisIn(net, net.node.int(name, orElse), rank);
}

/** Axes that come as an attribute, as until opset 12 or 17, or as an input; undefined where neither is given. */
export function axesOf(net: Net, rank: number, more = false): readonly number[] | undefined {
  const axes = net.node.has('axes') ? net.node.list('axes') : net.whole(1, 'axes');
  const within = more ? rank + (axes?.length ?? 0) : rank;
  const found = axes?.map((axis) => axisIn(net, axis, within));
  if (found && new Set(found).size < found.length) throw net.node.damaged('an axis that is named twice', axes);
  return found;
}

/** The shape that Reshape asks for: 0 keeps a size, −1 takes what is left. */
export function targetShape(net: Net, from: readonly number[]): number[] {
  const target = net.whole(1, 'shape');
  if (!target) throw net.node.damaged('its shape (input 1) is missing');
  const keepsZero = net.node.flag('allowzero', false);
  const sizes = target.map((size, i) => (size === 0 && !keepsZero ? (from[i] ?? 0) : size));
  const size = sizeOf(from);
  const rest = sizeOf(sizes.filter((each) => each !== -1));
  const shape = sizes.map((each) => (each === -1 ? size / rest : each));
  if (sizeOf(shape) === size && shape.every((each) => Number.isInteger(each) && each >= 0)) return shape;
  throw net.node.damaged(`a shape for [${from.join(', ')}], of one example`, target);
}

export function reshapedTo(net: Net, x: Constant): Constant {
  return { ...x, shape: targetShape(net, x.shape) };
}

/** @throws LowbitError ('data') what is no permutation */
export function permutationOf({ node }: Net, rank: number): readonly number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const permutation = node.list('perm') ?? axes.toReversed();
  if (permutation.length === rank && axes.every((axis) => permutation.includes(axis))) return permutation;
  throw node.damaged(`a permutation of ${rank} axes`, permutation);
}

export function permuted(net: Net, x: Constant): Constant {
  const permutation = permutationOf(net, x.shape.length);
  net.budget.take(x.shape, net.node.where);
  const shape = permutation.map((axis) => x.shape[axis]!);
  return constant(x.kind, shape, spread(x, x.shape, permutation));
}

export function gathered(net: Net, x: Constant, indices: Constant): Constant {
  const axis = axisOf(net, 'axis', 0, x.shape.length);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const size = net.budget.take(shape, net.node.where);
  const [inner, count] = [stridesOf(x.shape)[axis]!, x.shape[axis]!];
  const whole = Array.from(indices.data, (index) => (index < 0 ? index + count : index));
  if (!whole.every((index) => Number.isInteger(index) && index >= 0 && index < count)) {
    throw net.node.damaged(`indices below ${count}`, whole);
  }
  const row = whole.length * inner;
  const from = (i: number) =>
    (Math.floor(i / row) * count + whole[Math.floor(i / inner) % whole.length]!) * inner + (i % inner);
  return constant(
    x.kind,
    shape,
    Float64Array.from({ length: size }, (_, i) => x.data[from(i)]!),
  );
}

/** What Slice takes: `count` places from `begin` on of each axis, `step` apart. */
export interface Part {
  readonly begin: number;
  readonly count: number;
  readonly step: number;
}

export function partsOf(net: Net, shape: readonly number[]): Part[] {
  const { node } = net;
  const starts = net.whole(1, 'starts');
  const ends = net.whole(2, 'ends');
  if (!starts || ends?.length !== starts.length) throw node.damaged('as many starts as ends', [starts, ends]);
  const axes = (net.whole(3, 'axes') ?? starts.map((_, axis) => axis)).map((axis) => axisIn(net, axis, shape.length));
  const steps = net.whole(4, 'steps') ?? starts.map(() => 1);
  const parts = shape.map((size): Part => ({ begin: 0, count: size, step: 1 }));
  axes.forEach((axis, i) => {
    const [size, step] = [shape[axis]!, steps[i] ?? 0];
    if (step === 0) throw node.damaged('a step of 0', steps);
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const limited = (place: number) => Math.min(Math.max(place < 0 ? place + size : place, low), high);
    const [begin, end] = [limited(starts[i]!), limited(ends[i]!)];
    parts[axis] = { begin, count: Math.max(0, Math.ceil((end - begin) / step)), step };
  });
  return parts;
}

export function sliced(net: Net, x: Constant): Constant {
  const parts = partsOf(net, x.shape);
  const shape = parts.map(({ count }) => count);
  const size = net.budget.take(shape, net.node.where);
  const [steps, own] = [stridesOf(shape), stridesOf(x.shape)];
  const from = (i: number) =>
    parts.reduce(
      (at, { begin, step, count }, axis) => at + (begin + (Math.floor(i / steps[axis]!) % count) * step) * own[axis]!,
      0,
    );
  return constant(
    x.kind,
    shape,
    Float64Array.from({ length: size }, (_, i) => x.data[from(i)]!),
  );
}

export function concatenated(net: Net, inputs: readonly Constant[]): Constant {
  const [first] = inputs as [Constant];
  const axis = axisOf(net, 'axis', 0, first.shape.length);
  const fits = inputs.every(
    ({ shape }) =>
      shape.length === first.shape.length && shape.every((size, i) => i === axis || size === first.shape[i]),
  );
  if (!fits)
    throw net.node.damaged(
      'shapes that do not fit each other',
      inputs.map(({ shape }) => shape),
    );
  const shape = first.shape.with(
    axis,
    inputs.reduce((sum, each) => sum + each.shape[axis]!, 0),
  );
  const data = new Float64Array(net.budget.take(shape, net.node.where));
  let at = 0;
  for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++)
    for (const each of inputs) {
      const length = sizeOf(each.shape.slice(axis));
      data.set(each.data.subarray(outer * length, (outer + 1) * length), at);
      at += length;
    }
  return constant(first.kind, shape, data);
}
