import {
  Convolution,
  DEPTHWISE,
  FLOAT_PRODUCT,
  FOUR_DOTS,
  LOOKUPS,
  MANY_DOTS,
  RELAXED_DOTS,
  RELAXED_SHORT,
  row,
} from './convolution';
import { depthwise } from './depthwise';
import { dots, fourDots, manyDots, widen } from './dots';
import { finish, SPARE } from './finish';
import { floatProducts } from './float';
import { lookups, TABLES } from './lookups';
import { RELAXED_PLACES, relaxedDots, relaxedShortDots } from './relaxed';

/** Places that are computed at once, at most. */
const PLACES: i32 = RELAXED_PLACES;

/** Bytes between parts of the scratch memory, which are read and written a little beyond their ends. */
const GAP: usize = 64;

/** Bytes of scratch memory that a convolution needs. */
export function convolutionScratch(c: Convolution): usize {
  const rows = (<usize>c.size + GAP) * <usize>PLACES,
    sums = <usize>(c.padded << 2) * <usize>PLACES + GAP;
  return (
    SPARE +
    <usize>(c.padded << 2) +
    GAP +
    rows +
    sums +
    (c.product == LOOKUPS ? TABLES : ((<usize>c.size) << 2) + 256 + GAP * 2)
  );
}

/** The output places from `first` to `last`. */
export function convolve(c: Convolution, first: i32, last: i32, scratch: usize): void {
  const spare = scratch,
    pitch = <usize>c.size + GAP,
    rows = scratch + SPARE + <usize>(c.padded << 2) + GAP,
    sums = rows + pitch * <usize>PLACES,
    rest = sums + <usize>(c.padded << 2) * <usize>PLACES + GAP;
  if (c.product == DEPTHWISE) {
    for (let p = first; p < last; p++) {
      depthwise(c, p, sums);
      finish(c, sums, p, spare);
    }
    return;
  }
  if (c.product == FLOAT_PRODUCT) {
    for (let p = first; p < last; p += 4) {
      const count = min(4, last - p);
      const r0 = row(c, p, rows),
        r1 = count > 1 ? row(c, p + 1, rows + pitch) : r0,
        r2 = count > 2 ? row(c, p + 2, rows + pitch * 2) : r0,
        r3 = count > 3 ? row(c, p + 3, rows + pitch * 3) : r0;
      floatProducts(c, r0, r1, r2, r3, sums);
      for (let i = 0; i < count; i++) finish(c, sums + <usize>(i * (c.padded << 2)), p + i, spare);
    }
    return;
  }
  if (c.product == RELAXED_DOTS) {
    for (let p = first; p < last; p += RELAXED_PLACES) {
      const count = min(RELAXED_PLACES, last - p),
        bytes = <usize>(c.padded << 2);
      const r0 = row(c, p, rows),
        r1 = count > 1 ? row(c, p + 1, rows + pitch) : r0,
        r2 = count > 2 ? row(c, p + 2, rows + pitch * 2) : r0,
        r3 = count > 3 ? row(c, p + 3, rows + pitch * 3) : r0,
        r4 = count > 4 ? row(c, p + 4, rows + pitch * 4) : r0,
        r5 = count > 5 ? row(c, p + 5, rows + pitch * 5) : r0;
      relaxedDots(c, r0, r1, r2, r3, r4, r5, sums, bytes);
      for (let i = 0; i < count; i++) finish(c, sums + <usize>i * bytes, p + i, spare);
    }
    return;
  }
  const sums1 = sums + <usize>(c.padded << 2);
  for (let p = first; p < last; p += 2) {
    const isPair = p + 1 < last;
    const r0 = row(c, p, rows),
      r1 = isPair ? row(c, p + 1, rows + pitch) : r0;
    if (c.product == LOOKUPS) lookups(c, r0, r1, sums, sums1, rest);
    else if (c.product == RELAXED_SHORT) relaxedShortDots(c, r0, r1, sums, sums1);
    else byDots(c, r0, r1, sums, sums1, rest);
    finish(c, sums, p, spare);
    if (isPair) finish(c, sums1, p + 1, spare);
  }
}

function byDots(c: Convolution, r0: usize, r1: usize, sums0: usize, sums1: usize, scratch: usize): void {
  const x0 = scratch + 256 + GAP,
    x1 = x0 + ((<usize>c.size) << 1);
  const rest0 = c.beta * widen(c, r0, x0),
    rest1 = c.beta * widen(c, r1, x1);
  if (c.product == FOUR_DOTS) fourDots(c, x0, x1, sums0, sums1, rest0, rest1);
  else if (c.product == MANY_DOTS) manyDots(c, x0, x1, sums0, sums1, rest0, rest1, scratch);
  else dots(c, x0, x1, sums0, sums1);
}
