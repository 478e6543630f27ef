import { Coding, encode, putBytes } from './coding';

/** Codes of `size` floats; floats are read to the next multiple of 16. `spare` has room for 16 bytes. */
export function quantize(x: usize, y: usize, size: i32, coding: Coding, spare: usize): void {
  for (; size > 0; size -= 16, x += 64, y += 16) {
    const codes = encode(coding, v128.load(x), v128.load(x, 16), v128.load(x, 32), v128.load(x, 48), spare);
    putBytes(y, codes, size, spare);
  }
}

/** What codes stand for or count as, by a table of 32-bit numbers. */
export function dequantize(x: usize, y: usize, size: i32, table: usize): void {
  for (const end = x + <usize>size; x < end; x++, y += 4) {
    store<u32>(y, load<u32>(table + ((<usize>load<u8>(x)) << 2)));
  }
}
