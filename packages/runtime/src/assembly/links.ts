// What follows a row of floats before it leaves the nearest cache: additions, limits, scales, codes.
import { Coding, quantize } from './coding';
import { affine, clip, combine } from './elementwise';
import { SPARE } from './finish';

/** A link as the host describes it: fields of 32 bits in this order, which `links.ts` of the host repeats. */
@unmanaged
class Link {
  kind: i32;
  /** The address of row 0 of what is read or written, and the bytes from one row to the next. */
  at: usize;
  pitch: i32;
  scale: usize;
  bias: usize;
  low: f32;
  high: f32;
  coding: Coding;
}

const LINK: usize = 32;

/** Values of `kind`. */
const ADD: i32 = 0;
const CLIP: i32 = 1;
const AFFINE: i32 = 2;
/** Stores what has become of the row. */
const KEEP: i32 = 3;
// else stores its codes

/** Takes `size` floats along all links; `spare` has room for 16 bytes. */
export function follow(links: usize, count: i32, row: usize, size: i32, place: i32, spare: usize): void {
  for (const end = links + <usize>count * LINK; links < end; links += LINK) {
    const link = changetype<Link>(links),
      at = link.at + <usize>(place * link.pitch);
    if (link.kind == ADD) combine(row, at, row, size, 0);
    else if (link.kind == CLIP) clip(row, row, size, link.low, link.high);
    else if (link.kind == AFFINE) affine(row, row, 1, size, link.scale, link.bias);
    else if (link.kind == KEEP) keep(row, at, size);
    else quantize(row, at, size, link.coding, spare);
  }
}

function keep(from: usize, to: usize, size: i32): void {
  const end = from + ((<usize>size) << 2);
  for (; from + 16 <= end; from += 16, to += 16) v128.store(to, v128.load(from));
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from));
}

/** Takes rows `first` to `last` of x[rows, size] along links; `scratch` has room for `SPARE` bytes and a row. */
export function chain(x: usize, first: i32, last: i32, size: i32, links: usize, count: i32, scratch: usize): void {
  const bytes = (<usize>size) << 2,
    row = scratch + SPARE;
  for (let place = first; place < last; place++) {
    keep(x + <usize>place * bytes, row, size);
    follow(links, count, row, size, place, scratch);
  }
}
