import { blockCount, firstChannel, lanes, multiplyAdd, zero } from './lane';
import {
  addTap,
  Block,
  closeBlock,
  fx,
  fy,
  HEAD,
  locate,
  openBlock,
  Pass,
  share,
  skipAbove,
  skipBelow,
  Tap,
  x0,
  y0,
} from './taps';

/** Bytes of a tap: where it is, and four weights. */
const TAP: usize = 32;
/** Four channels read four neighbours each. */
const BLOCK: usize = HEAD + 16 * TAP;

/** Bytes of the table of a gather over so many channels. */
export function gatherTableBytes(channels: i32): usize {
  return BLOCK * <usize>channels;
}

/**
 * Makes the table of the shift itself (spread 0), or that of its transpose for the input pixels that are congruent to
 * (row, column) modulo the stride `spread`.
 */
export function makeGatherTable<T>(pass: Pass, shifts: usize, table: usize, spread: i32, row: i32, column: i32): void {
  const channels = pass.channels;
  for (let b = 0, blocks = blockCount<T>(channels); b < blocks; b++) {
    const block = table + <usize>b * BLOCK;
    openBlock(block);
    for (let lane = 0; lane < lanes<T>(); lane++) {
      if (!locate(shifts, channels, firstChannel<T>(b, channels) + lane)) continue;
      const weightAt = HEAD + ((<usize>lane) << 2);
      if (spread == 0) addBilinear(pass, block, weightAt);
      else addTransposed(pass, block, weightAt, spread, row, column);
    }
    closeBlock(pass, block, TAP);
  }
}

/** The four neighbours of an offset, with their bilinear weights. */
function addBilinear(pass: Pass, block: usize, weightAt: usize): void {
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 2; j++) addTap(pass, block, TAP, y0 + i, x0 + j, weightAt, share(fy, i) * share(fx, j));
  }
}

/** The same seen from the pixels that are read: the output pixels that read them. */
function addTransposed(pass: Pass, block: usize, weightAt: usize, spread: i32, row: i32, column: i32): void {
  for (let i = 0; i < 2; i++) {
    const up = row - (y0 + i);
    if (up % spread != 0) continue;
    for (let j = 0; j < 2; j++) {
      const left = column - (x0 + j);
      if (left % spread != 0) continue;
      addTap(pass, block, TAP, up / spread, left / spread, weightAt, share(fy, i) * share(fx, j));
    }
  }
}

/**
 * target[n, i, j, c] = Σ over the taps of c of weight · source[n, i · stride + tap.row, j · stride + tap.column, c], zero
 * outside the image. Images of the target are `imageBytes` apart, its rows `rowBytes`, its pixels `pixelBytes`.
 */
export function gather<T>(
  pass: Pass,
  table: usize,
  zeros: usize,
  source: usize,
  target: usize,
  imageBytes: usize,
  rowBytes: usize,
  pixelBytes: usize,
): void {
  const channels = pass.channels;
  const blocks = blockCount<T>(channels);
  const step = (<usize>pass.stride * <usize>channels) << 2;
  for (let n = 0; n < pass.batch; n++) {
    for (let i = 0; i < pass.rows; i++) {
      const origin = i * pass.stride;
      const from = source + ((<usize>(n * pass.height + origin) * <usize>pass.width * <usize>channels) << 2);
      const to = target + <usize>n * imageBytes + <usize>i * rowBytes;
      for (let b = 0; b < blocks; b++) {
        const block = table + <usize>b * BLOCK;
        const channel = (<usize>firstChannel<T>(b, channels)) << 2;
        const all = block + HEAD + <usize>changetype<Block>(block).count * TAP;
        const first = skipAbove(block + HEAD, all, TAP, origin);
        const end = skipBelow(first, all, TAP, origin, pass.height);
        gatherRow<T>(pass, block, first, end, zeros, from + channel, step, to + channel, pixelBytes);
      }
    }
  }
}

function gatherRow<T>(
  pass: Pass,
  block: usize,
  first: usize,
  end: usize,
  zeros: usize,
  from: usize,
  step: usize,
  to: usize,
  pixelBytes: usize,
): void {
  const left = changetype<Block>(block).left;
  const right = changetype<Block>(block).right;
  const columns = pass.columns;
  let j = 0;
  for (; j < left; j++) gatherPixel<T>(pass, first, end, zeros, from, step, to, pixelBytes, j);
  for (; j + 4 <= right; j += 4) {
    const p = from + <usize>j * step;
    let a = zero<T>();
    let b = zero<T>();
    let c = zero<T>();
    let d = zero<T>();
    for (let t = first; t < end; t += TAP) {
      const weight = load<T>(t, HEAD);
      const q = p + <usize>changetype<Tap>(t).offset;
      a = multiplyAdd<T>(a, weight, load<T>(q));
      b = multiplyAdd<T>(b, weight, load<T>(q + step));
      c = multiplyAdd<T>(c, weight, load<T>(q + 2 * step));
      d = multiplyAdd<T>(d, weight, load<T>(q + 3 * step));
    }
    const out = to + <usize>j * pixelBytes;
    store<T>(out, a);
    store<T>(out + pixelBytes, b);
    store<T>(out + 2 * pixelBytes, c);
    store<T>(out + 3 * pixelBytes, d);
  }
  for (; j < columns; j++) gatherPixel<T>(pass, first, end, zeros, from, step, to, pixelBytes, j);
}

/** One pixel, some of whose taps may lie beside the image: those read from `zeros`. */
function gatherPixel<T>(
  pass: Pass,
  first: usize,
  end: usize,
  zeros: usize,
  from: usize,
  step: usize,
  to: usize,
  pixelBytes: usize,
  j: i32,
): void {
  const width = <u32>pass.width;
  const origin = j * pass.stride;
  const p = from + <usize>j * step;
  let sum = zero<T>();
  for (let t = first; t < end; t += TAP) {
    const inside = <u32>(origin + changetype<Tap>(t).column) < width;
    const q = select<usize>(p + <usize>changetype<Tap>(t).offset, zeros, inside);
    sum = multiplyAdd<T>(sum, load<T>(t, HEAD), load<T>(q));
  }
  store<T>(to + <usize>j * pixelBytes, sum);
}
