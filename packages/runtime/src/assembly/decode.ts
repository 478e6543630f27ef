/** Codes of tables that are looked up all at once. */
const FEW: i32 = 16;

/** What codes stand for or count as, by a table of `count` numbers of 32 bits; codes are read to the next multiple of 16, tables to 64 bytes. */
export function dequantize(x: usize, y: usize, size: i32, table: usize, count: i32): void {
  const end = x + <usize>size;
  if (count <= FEW) {
    // bytes 0 of the numbers of a table, bytes 1, bytes 2, bytes 3
    const a = bytesOf(table, 0),
      b = bytesOf(table, 1),
      c = bytesOf(table, 2),
      d = bytesOf(table, 3);
    for (; x + 16 <= end; x += 16, y += 64) {
      const codes = v128.load(x);
      const p = v128.swizzle(a, codes),
        q = v128.swizzle(b, codes),
        r = v128.swizzle(c, codes),
        s = v128.swizzle(d, codes);
      const low = lowBytes(p, q),
        high = lowBytes(r, s);
      v128.store(y, v128.shuffle<u16>(low, high, 0, 8, 1, 9, 2, 10, 3, 11));
      v128.store(y, v128.shuffle<u16>(low, high, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      const low2 = highBytes(p, q),
        high2 = highBytes(r, s);
      v128.store(y, v128.shuffle<u16>(low2, high2, 0, 8, 1, 9, 2, 10, 3, 11), 32);
      v128.store(y, v128.shuffle<u16>(low2, high2, 4, 12, 5, 13, 6, 14, 7, 15), 48);
    }
  }
  for (; x < end; x++, y += 4) store<u32>(y, load<u32>(table + ((<usize>load<u8>(x)) << 2)));
}

function bytesOf(table: usize, byte: i32): v128 {
  const shift = byte << 3,
    mask = i32x4.splat(255);
  const a = v128.and(i32x4.shr_u(v128.load(table), shift), mask),
    b = v128.and(i32x4.shr_u(v128.load(table, 16), shift), mask),
    c = v128.and(i32x4.shr_u(v128.load(table, 32), shift), mask),
    d = v128.and(i32x4.shr_u(v128.load(table, 48), shift), mask);
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

function lowBytes(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function highBytes(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
