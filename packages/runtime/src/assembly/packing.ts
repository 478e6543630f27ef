// Weights in the order in which products read them. Done here since a host has not yet compiled its own loops when it loads a network.
import { LOOKUP_CHUNK } from './lookups';

/**
 * Weights of one bit for `lookups`, from codes [depth, pitch / 8] of which the filters of 8 lie in a byte: filters from the byte `first` on,
 * a multiple of 16, and a multiple of 4 channels. `flip` is 0, or −1 for the weights of the other sign.
 */
export function packBits(bits: usize, to: usize, depth: i32, pitch: i32, first: i32, filters: i32, flip: i32): void {
  const line = <usize>(pitch >> 3),
    all = i8x16.splat(<i8>(flip & 15));
  // filter k and filter k + 8 have bit k of the first byte and of the second
  const masks = i16x8(0x0101, 0x0202, 0x0404, 0x0808, 0x1010, 0x2020, 0x4040, <i16>0x8080);
  for (let start = 0; start < depth; start += LOOKUP_CHUNK) {
    const end = min(depth, start + LOOKUP_CHUNK);
    for (let block = 0; block < filters; block += 16) {
      let row = bits + <usize>start * line + <usize>(first + (block >> 3));
      for (let index = start; index < end; index += 4, row += 4 * line, to += 16) {
        const low = v128.or(marked(row, masks, 1), marked(row + line, masks, 2)),
          high = v128.or(marked(row + 2 * line, masks, 4), marked(row + 3 * line, masks, 8));
        v128.store(to, v128.xor(v128.or(low, high), all));
      }
    }
  }
}

/** `mark` where the bit of a filter is set. */
function marked(from: usize, masks: v128, mark: i8): v128 {
  const set = i8x16.eq(v128.and(v128.load16_splat(from), masks), masks);
  return v128.and(set, i8x16.splat(mark));
}

/** Floats [depth, filters] for `floatProducts`: blocks of 8 filters, zeros after the last one. */
export function packFloats(from: usize, to: usize, depth: i32, filters: i32): void {
  const line = (<usize>filters) << 2;
  for (let block = 0; block < filters; block += 8) {
    const whole = block + 8 <= filters,
      rest = (<usize>(filters - block)) << 2;
    let row = from + ((<usize>block) << 2);
    for (let index = 0; index < depth; index++, row += line, to += 32) {
      if (whole) {
        v128.store(to, v128.load(row));
        v128.store(to, v128.load(row, 16), 16);
      } else {
        memory.copy(to, row, rest);
      }
    }
  }
}
