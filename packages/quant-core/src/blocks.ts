import { LowbitError, type Granularity } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';

/** The blocks of a tensor that have levels of their own. */
export interface Blocks {
  /** x so shaped that a statistic of each block is a reduction over `axes`. Shares x's values. */
  view(x: tf.Tensor): tf.Tensor;
  /** What `view` did, undone. */
  unview(x: tf.Tensor): tf.Tensor;
  readonly axes: readonly number[];
  /** Shape of one value a block that broadcasts against the view. */
  readonly shape: readonly number[];
  /** Shape of one value a block as a layer holds it: [] of a tensor, [channels], or [groups, channels] in the order of the axes. */
  readonly state: readonly number[];
  /** Number of blocks along each axis of the tensor. */
  readonly grid: readonly number[];
}

/**
 * @param shape of the tensor; only a batch size may be unknown
 * @param channelAxis the last axis if left out
 * @param where what a message calls the place
 * @throws LowbitError ('config') a group that does not divide the axis that it runs along, or of a tensor without one
 */
export function blocksOf(
  shape: readonly (number | null)[],
  granularity: Granularity,
  channelAxis = shape.length - 1,
  where = 'granularity',
): Blocks {
  const sizes = shape.map((size) => size ?? 1);
  const all = sizes.map((_, i) => i);
  const ones = sizes.map(() => 1);
  if (granularity === 'tensor' || sizes.length === 0) {
    return { view: same, unview: same, axes: all, shape: [], state: [], grid: ones };
  }
  const channels = sizes[channelAxis]!;
  if (granularity === 'channel') {
    const grid = ones.with(channelAxis, channels);
    return {
      view: same,
      unview: same,
      axes: all.filter((i) => i !== channelAxis),
      shape: grid,
      state: [channels],
      grid,
    };
  }
  return groups(sizes, granularity.group, channelAxis, where);
}

function same(x: tf.Tensor): tf.Tensor {
  return x;
}

/** The axis of weights' input channels, along which groups run: the last that is not the output channels', −1 if there is none. */
export function inputAxis(rank: number, channelAxis: number): number {
  return channelAxis === rank - 1 ? rank - 2 : rank - 1;
}

function groups(sizes: number[], group: number, channelAxis: number, where: string): Blocks {
  const axis = inputAxis(sizes.length, channelAxis);
  if (axis < 0 || sizes[axis]! % group !== 0) {
    throw new LowbitError('config', {
      what: 'a group must divide the number of input channels',
      where: `${where}, tensor of shape [${sizes.join(', ')}]`,
      received: group,
      hint: axis < 0 ? 'a tensor of one axis has no groups' : `take a divisor of ${sizes[axis]}, or 'channel'`,
    });
  }
  const count = sizes[axis]! / group;
  const split = merged(
    sizes.flatMap((size, i) => {
      if (i === axis)
        return [
          { size: count, kept: true },
          { size: group, kept: false },
        ];
      return [{ size, kept: i === channelAxis }];
    }),
  );
  const view = split.map(({ size }) => size);
  return {
    view: (x) => tf.reshape(x, view),
    unview: (x) => tf.reshape(x, sizes),
    axes: split.flatMap(({ kept }, i) => (kept ? [] : [i])),
    shape: split.map(({ size, kept }) => (kept ? size : 1)),
    state: axis < channelAxis ? [count, sizes[channelAxis]!] : [sizes[channelAxis]!, count],
    grid: sizes.map((_, i) => (i === axis ? count : i === channelAxis ? sizes[channelAxis]! : 1)),
  };
}

/** An axis of a view, and whether its places have levels of their own. */
interface ViewAxis {
  readonly size: number;
  readonly kept: boolean;
}

/** The same values with neighbouring axes of one kind as one, since a GPU broadcasts over few axes; what is kept stays apart. */
export function merged(axes: readonly ViewAxis[]): ViewAxis[] {
  return axes.reduce<ViewAxis[]>((done, axis) => {
    const last = done.at(-1);
    if (last === undefined || last.kept || axis.kept) return [...done, axis];
    return [...done.slice(0, -1), { size: last.size * axis.size, kept: false }];
  }, []);
}
