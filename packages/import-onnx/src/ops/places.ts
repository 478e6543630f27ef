import { sizeOf, type Constant } from '../constant.js';
import { axesOf, axisIn, axisOf, partsOf, permutationOf, targetShape } from '../fold/places.js';
import type { Net } from '../net.js';
import { plainOrder, type Value } from '../value.js';
import { padded } from './pooling.js';
import type { Op } from './op.js';

export const reshape: Op = (net) => {
  const x = net.value(0);
  return net.reshaped(x, targetShape(net, x.shape));
};

export const flatten: Op = (net) => {
  const x = net.value(0);
  const axis = axisOf(net, 'axis', 1, x.shape.length + 1);
  return net.reshaped(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
};

export const squeeze: Op = (net) => {
  const x = net.value(0);
  const axes = axesOf(net, x.shape.length);
  if (axes?.some((axis) => x.shape[axis] !== 1)) throw net.node.damaged('axes of size 1', axes);
  // without axes the batch would go or stay with its size
  const gone = axes ?? plainOrder(x.shape).filter((axis) => x.shape[axis] === 1);
  return net.reshaped(
    x,
    x.shape.filter((_, axis) => !gone.includes(axis)),
  );
};

export const unsqueeze: Op = (net) => {
  const x = net.value(0);
  const axes = (axesOf(net, x.shape.length, true) ?? []).toSorted((a, b) => a - b);
  return net.reshaped(
    x,
    axes.reduce((shape, axis) => shape.toSpliced(axis, 0, 1), [...x.shape]),
  );
};

/** Other names for the axes: nothing moves until an op wants it. */
export const transpose: Op = (net) => {
  const x = net.value(0);
  const permutation = permutationOf(net, x.shape.length);
  const order = x.order.map((axis) => permutation.indexOf(axis));
  return { ...x, shape: permutation.map((axis) => x.shape[axis]!), order, known: undefined };
};

/** Along an axis, in the order of the largest. */
export const concat: Op = (net) => {
  const { node } = net;
  const values = node.inputs.map((_, i) => net.value(i));
  const [first] = values as [Value];
  const axis = axisOf(net, 'axis', 0, first.shape.length);
  const fits = values.every(
    ({ shape }) =>
      shape.length === first.shape.length && shape.every((size, i) => i === axis || size === first.shape[i]),
  );
  if (!fits)
    throw node.damaged(
      'shapes that do not fit each other',
      values.map(({ shape }) => shape),
    );
  const largest = values.reduce((a, b) => (sizeOf(b.shape) > sizeOf(a.shape) ? b : a));
  const order = largest.order.includes(axis) ? largest.order : [axis, ...largest.order];
  const shape = first.shape.with(
    axis,
    values.reduce((sum, each) => sum + each.shape[axis]!, 0),
  );
  return net.add(
    'concat',
    values.map((value) => net.arranged(value, order)),
    { axis: order.indexOf(axis) },
    { shape, order, kind: first.kind },
  );
};

export const slice: Op = (net) => {
  const x = net.value(0);
  const parts = partsOf(net, x.shape);
  if (parts.some(({ step, count }) => step !== 1 && count > 1)) {
    throw net.node.refuse(
      'a slice with steps',
      'take every place',
      parts.map(({ step }) => step),
    );
  }
  if (parts.some(({ count }) => count === 0)) throw net.node.refuse('a slice of nothing', 'leave it out', x.shape);
  return part(
    net,
    x,
    parts.map(({ begin }) => begin),
    parts.map(({ count }) => count),
  );
};

function part(net: Net, x: Value, begin: readonly number[], shape: readonly number[]): Value {
  if (x.shape.join() === shape.join()) return x;
  const { order } = x;
  const of = (numbers: readonly number[]) => order.map((axis) => numbers[axis]!);
  return net.add(
    'slice',
    [net.arranged(x, order)],
    { begin: of(begin), size: of(shape) },
    { shape, order, kind: x.kind },
  );
}

/** In equal parts, or in parts of sizes that come as an attribute until opset 12 and as an input since. */
export const split: Op = (net) => {
  const { node } = net;
  const x = net.value(0);
  const axis = axisOf(net, 'axis', 0, x.shape.length);
  const whole = x.shape[axis]!;
  const count = node.int('num_outputs', node.outputs.length);
  const each = Math.ceil(whole / count);
  const equal = Array.from({ length: count }, (_, i) => Math.min(each, whole - i * each));
  const sizes = (node.has('split') ? node.list('split') : net.whole(1, 'split')) ?? equal;
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (sum !== whole || sizes.length !== node.outputs.length || sizes.some((size) => size <= 0)) {
    throw node.damaged(`${node.outputs.length} sizes that sum to ${whole}`, sizes);
  }
  let at = 0;
  return sizes.map((size) =>
    part(
      net,
      x,
      x.shape.map((_, i) => (i === axis ? (at += size) - size : 0)),
      x.shape.with(axis, size),
    ),
  );
};

/** Zeros around the places of an image. */
export const pad: Op = (net) => {
  const { node } = net;
  const x = net.value(0);
  const mode = node.text('mode', 'constant');
  const rank = x.shape.length;
  const axes = (net.whole(3, 'axes') ?? x.shape.map((_, axis) => axis)).map((axis) => axisIn(net, axis, rank));
  const pads = node.has('pads') ? node.list('pads') : net.whole(1, 'pads');
  const value = net.optionalConstant(2, 'constant_value')?.data[0] ?? 0;
  if (pads?.length !== 2 * axes.length) throw node.damaged('two pads for each axis', pads);
  const sides = x.shape.map((_, axis) => {
    const at = axes.indexOf(axis);
    return at < 0 ? ([0, 0] as const) : ([pads[at]!, pads[at + axes.length]!] as const);
  });
  if (sides.flat().every((each) => each === 0)) return x;
  if (mode !== 'constant' || value !== 0)
    throw node.refuse('a padding by anything but 0', 'pad with zeros', { mode, value });
  if (
    rank !== 4 ||
    sides
      .slice(0, 2)
      .flat()
      .some((each) => each !== 0) ||
    sides.flat().some((each) => each < 0)
  ) {
    throw node.refuse('a padding of other axes than those of an image', 'pad height and width alone', pads);
  }
  const [rows, columns] = [sides[2]!, sides[3]!];
  return padded(net, x, [rows[0], columns[0], rows[1], columns[1]]);
};

/** Rows of a constant table by whole numbers, or a part of a value. */
export const gather: Op = (net) => {
  const [from, indices] = [net.input(0), net.input(1)];
  if (indices.is === 'value') {
    if (from.is === 'constant') return embedding(net, from, indices);
    throw net.node.refuse('an index that is computed', 'take places that are known', net.node.inputs[1]);
  }
  const x = net.value(0);
  const axis = axisOf(net, 'axis', 0, x.shape.length);
  const places = Array.from(indices.data, (index) => axisIn(net, index, x.shape[axis]!));
  const [first = 0] = places;
  if (places.length === 0 || places.some((place, i) => place !== first + i)) {
    throw net.node.refuse('places that are not side by side', 'take them by a Slice', places);
  }
  const taken = part(
    net,
    x,
    x.shape.map((_, i) => (i === axis ? first : 0)),
    x.shape.with(axis, places.length),
  );
  return net.reshaped(taken, x.shape.toSpliced(axis, 1, ...indices.shape));
};

function embedding(net: Net, table: Constant, indices: Value): Value {
  if (table.shape.length !== 2 || axisOf(net, 'axis', 0, 2) !== 0) {
    throw net.node.refuse('a table of other axes than [entries, width]', 'take rows of a matrix', table.shape);
  }
  const width = table.shape[1]!;
  const shape = [...indices.shape, width];
  const name = net.floats('table', table.shape, Float32Array.from(table.data));
  const order = [...plainOrder(indices.shape), indices.shape.length];
  return net.add('embedding', [net.plain(indices)], { table: name }, { shape, order });
}
