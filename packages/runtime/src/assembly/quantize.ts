/** What codes stand for or count as, by a table of 32-bit numbers. */
export function dequantize(x: usize, y: usize, size: i32, table: usize): void {
  for (const end = x + <usize>size; x < end; x++, y += 4) {
    store<u32>(y, load<u32>(table + ((<usize>load<u8>(x)) << 2)));
  }
}
