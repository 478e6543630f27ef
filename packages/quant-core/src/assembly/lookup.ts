/** y[i] = table[index[i]]. */
export function lookup(table: usize, index: usize, y: usize, size: i32): void {
  const end = index + ((<usize>size) << 2);
  for (; index < end; index += 4, y += 4) store<f32>(y, load<f32>(table + ((<usize>load<u32>(index)) << 2)));
}

/**
 * y = how many of the first values of a row of the table are below x (with `at`: below or equal to it), by halving. A row is as long as
 * a power of two, ascending but for its last place, which is not looked at. Row 0 is every value's, unless `starts` says where its own
 * begins.
 */
export function rankInRow(x: usize, table: usize, starts: usize, y: usize, size: i32, row: i32, at: i32): void {
  for (let i: i32 = 0; i < size; i++) {
    const offset = (<usize>i) << 2;
    const value = load<f32>(x + offset);
    const first = starts ? table + ((<usize>load<u32>(starts + offset)) << 2) : table;
    let rank = 0;
    for (let half = row >> 1; half > 0; half >>= 1) {
      const middle = load<f32>(first + ((<usize>(rank + half - 1)) << 2));
      rank += value > middle || (at && value == middle) ? half : 0;
    }
    store<f32>(y + offset, <f32>rank);
  }
}
