/**
 * Copies a block of any number of axes: `axes` points at [size, step in x, step in y] of each axis, the steps in bytes, the last axis innermost. Items have
 * 1 or 4 bytes.
 */
export function copyBlock(x: usize, y: usize, axes: usize, count: i32, bytes: i32): void {
  if (count == 0) {
    copyItem(x, y, bytes);
    return;
  }
  const size = load<i32>(axes),
    stepX = load<i32>(axes, 4),
    stepY = load<i32>(axes, 8);
  if (count == 1) {
    if (stepX == bytes && stepY == bytes) memory.copy(y, x, <usize>(size * bytes));
    else for (let i = 0; i < size; i++) copyItem(x + <usize>(i * stepX), y + <usize>(i * stepY), bytes);
    return;
  }
  for (let i = 0; i < size; i++) copyBlock(x + <usize>(i * stepX), y + <usize>(i * stepY), axes + 12, count - 1, bytes);
}

function copyItem(x: usize, y: usize, bytes: i32): void {
  if (bytes == 1) store<u8>(y, load<u8>(x));
  else store<u32>(y, load<u32>(x));
}

/** `size` bytes, all the same. */
export function fillBytes(y: usize, size: i32, value: i32): void {
  memory.fill(y, <u8>value, <usize>size);
}
