import type { Pads } from '@lowbit/graph';
import { epilogue } from '@lowbit/graph';
import { axesOf } from '../fold/places.js';
import type { Net } from '../net.js';
import { channelsLast, same, type Known, type Value } from '../value.js';
import type { Op } from './op.js';
import { pair, windowOf } from './window.js';

export const maxPool: Op = (net) => {
  net.node.ignore('storage_order');
  if (net.node.outputs.length > 1) throw net.node.refuse('the indices of a pooling', 'leave its second result out');
  return pool(net, 'maxPool');
};

/** Padding is left out of the mean unless the model counts it: then it is put around the image before. */
export const averagePool: Op = (net) => pool(net, 'averagePool', net.node.flag('count_include_pad', false));

function pool(net: Net, op: 'maxPool' | 'averagePool', counts = false): Value {
  const { node } = net;
  const x = net.value(0);
  net.image(x);
  const sizes = x.shape.slice(2);
  const kernel = node.ints('kernel_shape', [], sizes.length);
  const { strides, dilations, pads, places } = windowOf(net, sizes, kernel);
  if (dilations.some((each) => each !== 1)) throw node.refuse('a pooling with dilations', 'pool without', dilations);
  if (counts && node.flag('ceil_mode', false))
    throw node.refuse('count_include_pad with ceil_mode', 'pad the image before');
  const shape = [...x.shape.slice(0, 2), ...places];
  const asImage = sizes.length === 1 ? ofOneRow(x) : x;
  const around = counts && pads.some((pad) => pad > 0) ? padded(net, asImage, pads) : asImage;
  const attributes = { size: pair(kernel), strides, pads: around === asImage ? pads : ([0, 0, 0, 0] as const) };
  const [height, width] = pair(places);
  const result = [1, x.shape[1]!, height, width];
  const pooled = net.add(op, [net.image(around)], attributes, { shape: result, order: channelsLast(result) });
  return net.reshaped(pooled, shape);
}

/** Zeros around an image. */
export function padded(net: Net, x: Value, pads: Pads): Value {
  const [top, left, bottom, right] = pads;
  const [, channels, height, width] = x.shape as [number, number, number, number];
  const shape = [1, channels, height + top + bottom, width + left + right];
  return net.add('pad', [net.image(x)], { pads }, { shape, order: channelsLast(shape) });
}

function overImage(net: Net, op: 'globalAveragePool' | 'globalMaxPool', x: Value, keeps: boolean): Value {
  const channels = x.shape[1]!;
  const shape = [1, channels, ...(keeps ? x.shape.slice(2).map(() => 1) : [])];
  const image = net.image(x);
  return net.add(op, [image.shape.length === 3 ? image : net.image(ofOneRow(x))], {}, { shape, order: [1] });
}

/** [1, channels, width] as [1, channels, 1, width]. */
function ofOneRow(x: Value): Value {
  return { ...x, shape: x.shape.toSpliced(2, 0, 1), order: x.order.map((axis) => (axis === 2 ? 3 : axis)) };
}

export const globalAveragePool: Op = (net) => overImage(net, 'globalAveragePool', net.value(0), true);
export const globalMaxPool: Op = (net) => overImage(net, 'globalMaxPool', net.value(0), true);

/** The mean over some axes; of height and width that of an image. */
export const reduceMean: Op = (net) => means(net, net.value(0));

export const reduceSum: Op = (net) => {
  const x = net.value(0);
  const axes = reducedAxes(net, x);
  const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  return net.affine(means(net, x), epilogue({ scale: [count] }));
};

export const reduceMax: Op = (net) => {
  const x = net.value(0);
  if (!isOverImage(x, reducedAxes(net, x))) {
    throw net.node.refuse('a maximum over other axes than those of an image', 'take ReduceMean, or a MaxPool', x.shape);
  }
  return overImage(net, 'globalMaxPool', x, net.node.flag('keepdims', true));
};

function reducedAxes(net: Net, x: Value): readonly number[] {
  if (net.node.flag('noop_with_empty_axes', false)) throw net.node.refuse('noop_with_empty_axes', 'name the axes');
  return (axesOf(net, x.shape.length) ?? x.shape.map((_, axis) => axis)).toSorted((a, b) => a - b);
}

function isOverImage({ shape }: Value, axes: readonly number[]): boolean {
  return (
    shape.length >= 3 &&
    shape.length <= 4 &&
    shape[0] === 1 &&
    axes.join() ===
      shape
        .map((_, axis) => axis)
        .slice(2)
        .join()
  );
}

function means(net: Net, x: Value): Value {
  const axes = reducedAxes(net, x);
  const keeps = net.node.flag('keepdims', true);
  const known = knownMean(x, axes);
  if (isOverImage(x, axes) && x.shape.length === 4) return { ...overImage(net, 'globalAveragePool', x, keeps), known };
  const kept = axes.reduce((shape, axis) => shape.with(axis, 1), [...x.shape]);
  let result = x;
  for (const axis of axes) {
    if (!result.order.includes(axis)) continue;
    const shape = result.shape.with(axis, 1);
    // one axis always stays
    const order = result.order.length > 1 ? result.order : [0, axis];
    const at = order.indexOf(axis);
    result = net.add('mean', [net.arranged(result, order)], { axis: at }, { shape, order: order.toSpliced(at, 1) });
  }
  const shape = keeps ? kept : kept.filter((_, axis) => !axes.includes(axis));
  return { ...net.reshaped({ ...result, shape: kept }, shape), known };
}

/** What a mean over the last axis is in a layer normalization. */
function knownMean(x: Value, axes: readonly number[]): Known | undefined {
  if (axes.join() !== `${x.shape.length - 1}`) return undefined;
  const { known } = x;
  return known?.is === 'squared' && known.of.known?.is === 'centered'
    ? { is: 'variance', of: known.of.known.of, epsilon: 0 }
    : { is: 'mean', of: x };
}

/** Whether a value is the mean of another over its last axis. */
export function isMeanOf(mean: Value, x: Value): boolean {
  return mean.known?.is === 'mean' && same(mean.known.of, x);
}
