import { addToSums, blockCount, firstChannel, lanes, multiplyAdd, zero } from './lane';
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

// A tap holds: where it is; four weights of ∂/∂x; four of ∂/∂y; four partial sums (float32); four sums (float64).
const ALONG_X: usize = HEAD;
const ALONG_Y: usize = 32;
const PARTIAL: usize = 48;
const SUMS: usize = 64;
const TAP: usize = 96;
/** The derivative of a channel reads up to six neighbours. */
const BLOCK: usize = HEAD + 24 * TAP;

/** What the derivative at an integer offset is: see IntegerOffset in options.ts. */
const REFERENCE = 0;
const CENTRAL = 1;

/** Bytes of the table of a correlation over so many channels. */
export function correlateTableBytes(channels: i32): usize {
  return BLOCK * <usize>channels;
}

/** The neighbours that ∂out/∂x and ∂out/∂y read, and their weights. */
function addDerivatives(pass: Pass, block: usize, lane: i32, mode: i32): void {
  const alongX = ALONG_X + ((<usize>lane) << 2);
  const alongY = ALONG_Y + ((<usize>lane) << 2);
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 2; j++) {
      // at an integer offset the left or upper neighbour of the difference is the one further left or up
      const back = i == 0 && fy == 0 ? 1 : 0;
      const left = j == 0 && fx == 0 ? 1 : 0;
      const difference = mode == REFERENCE || mode == CENTRAL ? 1 : 0;
      // the reference also moves the row of ∂/∂x and the column of ∂/∂y there
      const place = mode == REFERENCE ? 1 : 0;
      const row = y0 + i;
      const column = x0 + j;
      addTap(
        pass,
        block,
        TAP,
        row - back * place,
        column - left * difference,
        alongX,
        share(fy, i) * slope(fx, j, mode),
      );
      addTap(
        pass,
        block,
        TAP,
        row - back * difference,
        column - left * place,
        alongY,
        slope(fy, i, mode) * share(fx, j),
      );
    }
  }
}

/** What point 0 or 1 of an axis weighs in the difference. */
function slope(fraction: f32, point: i32, mode: i32): f32 {
  const size: f32 = fraction == 0 && mode == CENTRAL ? 0.5 : 1;
  return point == 0 ? -size : size;
}

/** Makes the table of the derivatives by the shifts. */
export function makeDerivativeTable<T>(pass: Pass, shifts: usize, table: usize, mode: i32): void {
  const channels = pass.channels;
  for (let b = 0, blocks = blockCount<T>(channels); b < blocks; b++) {
    const block = table + <usize>b * BLOCK;
    openBlock(block);
    for (let lane = 0; lane < lanes<T>(); lane++) {
      if (locate(shifts, channels, firstChannel<T>(b, channels) + lane)) addDerivatives(pass, block, lane, mode);
    }
    closeBlock(pass, block, TAP);
  }
}

/**
 * Adds up, for every tap, gradient[n, i, j, c] · source[n, i · stride + tap.row, j · stride + tap.column, c] over n, i and j:
 * a row in float32, the rows in float64, always in the same order.
 */
export function correlate<T>(pass: Pass, table: usize, zeros: usize, gradient: usize, source: usize): void {
  const channels = pass.channels;
  const blocks = blockCount<T>(channels);
  const pixel = (<usize>channels) << 2;
  const step = <usize>pass.stride * pixel;
  for (let n = 0; n < pass.batch; n++) {
    for (let i = 0; i < pass.rows; i++) {
      const origin = i * pass.stride;
      const from = source + <usize>(n * pass.height + origin) * <usize>pass.width * pixel;
      const up = gradient + <usize>(n * pass.rows + i) * <usize>pass.columns * pixel;
      for (let b = 0; b < blocks; b++) {
        const block = table + <usize>b * BLOCK;
        const channel = (<usize>firstChannel<T>(b, channels)) << 2;
        const all = block + HEAD + <usize>changetype<Block>(block).count * TAP;
        const first = skipAbove(block + HEAD, all, TAP, origin);
        const end = skipBelow(first, all, TAP, origin, pass.height);
        correlateRow<T>(pass, block, first, end, zeros, from + channel, step, up + channel, pixel);
        for (let t = first; t < end; t += TAP) {
          addToSums<T>(t + SUMS, load<T>(t, PARTIAL));
          store<T>(t, zero<T>(), PARTIAL);
        }
      }
    }
  }
}

function correlateRow<T>(
  pass: Pass,
  block: usize,
  first: usize,
  end: usize,
  zeros: usize,
  from: usize,
  step: usize,
  up: usize,
  pixel: usize,
): void {
  const left = changetype<Block>(block).left;
  const right = changetype<Block>(block).right;
  const columns = pass.columns;
  let j = 0;
  for (; j < left; j++) correlatePixel<T>(pass, first, end, zeros, from, step, up, pixel, j);
  for (; j + 4 <= right; j += 4) {
    const p = from + <usize>j * step;
    const g = up + <usize>j * pixel;
    const ga = load<T>(g);
    const gb = load<T>(g + pixel);
    const gc = load<T>(g + 2 * pixel);
    const gd = load<T>(g + 3 * pixel);
    for (let t = first; t < end; t += TAP) {
      const q = p + <usize>changetype<Tap>(t).offset;
      let sum = load<T>(t, PARTIAL);
      sum = multiplyAdd<T>(sum, ga, load<T>(q));
      sum = multiplyAdd<T>(sum, gb, load<T>(q + step));
      sum = multiplyAdd<T>(sum, gc, load<T>(q + 2 * step));
      sum = multiplyAdd<T>(sum, gd, load<T>(q + 3 * step));
      store<T>(t, sum, PARTIAL);
    }
  }
  for (; j < columns; j++) correlatePixel<T>(pass, first, end, zeros, from, step, up, pixel, j);
}

/** One pixel, some of whose taps may lie beside the image: those read from `zeros`. */
function correlatePixel<T>(
  pass: Pass,
  first: usize,
  end: usize,
  zeros: usize,
  from: usize,
  step: usize,
  up: usize,
  pixel: usize,
  j: i32,
): void {
  const width = <u32>pass.width;
  const origin = j * pass.stride;
  const p = from + <usize>j * step;
  const g = load<T>(up + <usize>j * pixel);
  for (let t = first; t < end; t += TAP) {
    const inside = <u32>(origin + changetype<Tap>(t).column) < width;
    const q = select<usize>(p + <usize>changetype<Tap>(t).offset, zeros, inside);
    store<T>(t, multiplyAdd<T>(load<T>(t, PARTIAL), g, load<T>(q)), PARTIAL);
  }
}

/** out[2, channels] = the sums, weighed by what each tap is in ∂out/∂x and ∂out/∂y. */
export function contract<T>(pass: Pass, table: usize, out: usize): void {
  const channels = pass.channels;
  for (let b = 0, blocks = blockCount<T>(channels); b < blocks; b++) {
    const block = table + <usize>b * BLOCK;
    const end = block + HEAD + <usize>changetype<Block>(block).count * TAP;
    for (let lane = 0; lane < lanes<T>(); lane++) {
      let x: f64 = 0;
      let y: f64 = 0;
      for (let t = block + HEAD; t < end; t += TAP) {
        const sum = load<f64>(t + SUMS + ((<usize>lane) << 3));
        x += sum * <f64>load<f32>(t + ALONG_X + ((<usize>lane) << 2));
        y += sum * <f64>load<f32>(t + ALONG_Y + ((<usize>lane) << 2));
      }
      const at = out + ((<usize>(firstChannel<T>(b, channels) + lane)) << 2);
      store<f32>(at, <f32>x);
      store<f32>(at + ((<usize>channels) << 2), <f32>y);
    }
  }
}
