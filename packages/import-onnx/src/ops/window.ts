import type { Pads, Pair } from '@lowbit/graph';
import type { Net } from '../net.js';

/** A window as it moves over the places of an image; along one axis as over an image of one row. */
export interface MovingWindow {
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
  /** As many as the image has axes. */
  readonly places: readonly number[];
}

/**
 * Reads the attributes of a convolution or pooling.
 *
 * @param image sizes of what it moves over, height and width or the width alone
 * @param size of the window, along as many axes
 */
export function windowOf(net: Net, image: readonly number[], size: readonly number[]): MovingWindow {
  const { node } = net;
  const ones = image.map(() => 1);
  const strides = node.ints('strides', ones);
  const dilations = node.ints('dilations', ones);
  const named = node.ints('kernel_shape', size);
  const pads = node.ints('pads', [...ones, ...ones].fill(0));
  const auto = node.text('auto_pad', 'NOTSET');
  const ceil = node.flag('ceil_mode', false);
  if (named.join() !== size.join() || ![...strides, ...dilations, ...size].every((each) => each > 0)) {
    throw node.damaged('a window of sizes above 0', { kernel_shape: named, strides, dilations });
  }
  if (!pads.every((pad) => pad >= 0)) throw node.refuse('pads below 0', 'cut the image by a Slice', pads);
  const axes = image.map((places, i) => {
    const span = (size[i]! - 1) * dilations[i]! + 1;
    const stride = strides[i]!;
    const [before, after] = padding(net, auto, { places, span, stride, pads: [pads[i]!, pads[i + image.length]!] });
    const room = places + before + after - span;
    if (room < 0) throw node.damaged('a window within the image and its pads', { image, size, pads });
    let count = Math.floor(room / stride) + 1;
    // a last window that would begin in the padding is left out
    if (ceil && room % stride > 0 && count * stride < places + before) count++;
    return { count, before, after: Math.max(after, (count - 1) * stride + span - places - before) };
  });
  const [rows, columns] = [axes.at(-2) ?? { before: 0, after: 0 }, axes.at(-1)!];
  return {
    strides: pair(strides),
    dilations: pair(dilations),
    pads: [rows.before, columns.before, rows.after, columns.after],
    places: axes.map(({ count }) => count),
  };
}

interface Axis {
  readonly places: number;
  readonly span: number;
  readonly stride: number;
  readonly pads: Pair;
}

function padding({ node }: Net, auto: string, { places, span, stride, pads }: Axis): Pair {
  if (auto === 'NOTSET') return pads;
  if (auto === 'VALID') return [0, 0];
  const zeros = Math.max((Math.ceil(places / stride) - 1) * stride + span - places, 0);
  const [less, more] = [Math.floor(zeros / 2), Math.ceil(zeros / 2)];
  if (auto === 'SAME_UPPER') return [less, more];
  if (auto === 'SAME_LOWER') return [more, less];
  throw node.damaged('a bad auto_pad', auto);
}

/** Two sizes, the first 1 along one axis. */
export function pair(sizes: readonly number[]): Pair {
  return sizes.length === 1 ? [1, sizes[0]!] : [sizes[0]!, sizes[1]!];
}
