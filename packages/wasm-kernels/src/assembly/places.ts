// Where the windows of a convolution's output positions lie in its input.

/** Bytes of a place: row and column of a window's corner, and its address. */
export const PLACE: usize = 12;

/** For `count` output positions from `first` on: row and column of the window's corner in the image, and its address. */
export function locate(
  places: usize,
  first: i32,
  count: i32,
  image: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
): void {
  let outColumn = first % outWidth,
    rest = first / outWidth,
    outRow = rest % outHeight,
    example = rest / outHeight;
  for (let i = 0; i < count; i++) {
    const row = outRow * strideHeight - top,
      column = outColumn * strideWidth - left;
    store<i32>(places, row);
    store<i32>(places, column, 4);
    store<usize>(places, image + ((<usize>(((example * height + row) * width + column) * channels)) << 2), 8);
    places += PLACE;
    if (++outColumn == outWidth) {
      outColumn = 0;
      if (++outRow == outHeight) {
        outRow = 0;
        example++;
      }
    }
  }
}

/** Addresses of the pixels under tap (r, s) at `count` places; `outside` where the tap lies beyond the image. */
export function tapRows(
  rows: usize,
  places: usize,
  count: i32,
  r: i32,
  s: i32,
  height: i32,
  width: i32,
  channels: i32,
  outside: usize,
): void {
  const offset = (<usize>((r * width + s) * channels)) << 2;
  for (let i = 0; i < count; i++) {
    const row = load<i32>(places) + r,
      column = load<i32>(places, 4) + s;
    const inside = <u32>row < <u32>height && <u32>column < <u32>width;
    store<usize>(rows, inside ? load<usize>(places, 8) + offset : outside);
    places += PLACE;
    rows += 4;
  }
}
