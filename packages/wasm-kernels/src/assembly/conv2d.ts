// The gradient of a 2-D convolution's filter, channels last: one product for each tap of it, over the output positions.
// Nothing is copied to columns first: rows are packed from where they lie.
import { addPanel, DEPTH, packB, packedBytes, ROWS } from './gemm';
import { locate, PLACE, tapRows } from './places';

/** Bytes of scratch memory that `conv2dFilterGradient` needs. */
export function conv2dFilterScratch(channels: i32, filters: i32): usize {
  return packedBytes(DEPTH, filters) + ((<usize>DEPTH) << 4) + 128 + 16 + <usize>DEPTH * 16 + ((<usize>channels) << 2);
}

/** dW[kh, kw, channels, filters] from x[n, h, w, channels] and dy[n, oh, ow, filters]. */
export function conv2dFilterGradient(
  x: usize,
  dy: usize,
  dw: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filters: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  scratch: usize,
): void {
  const packedA = scratch + packedBytes(DEPTH, filters),
    spare = packedA + ((<usize>DEPTH) << 4),
    table = spare + 128;
  const places = table + 16,
    rows = places + <usize>DEPTH * PLACE,
    zeros = rows + <usize>DEPTH * 4;
  const positions = batch * outHeight * outWidth;
  // so few at a time that the pixels of a block stay in the first-level cache while channel after channel is packed
  const block = max(64, min(DEPTH, (4096 / channels) & ~3));
  memory.fill(zeros, 0, (<usize>channels) << 2);
  memory.fill(dw, 0, (<usize>(kernelHeight * kernelWidth * channels * filters)) << 2);
  for (let p = 0; p < positions; p += block) {
    const depth = min(block, positions - p);
    packB(dy + ((<usize>(p * filters)) << 2), filters, 1, depth, filters, scratch);
    locate(places, p, depth, x, height, width, channels, outHeight, outWidth, strideHeight, strideWidth, top, left);
    for (let r = 0; r < kernelHeight; r++)
      for (let s = 0; s < kernelWidth; s++) {
        tapRows(rows, places, depth, r, s, height, width, channels, zeros);
        const tap = dw + ((<usize>((r * kernelWidth + s) * channels * filters)) << 2);
        for (let c = 0; c < channels; c += ROWS) {
          const count = min(ROWS, channels - c);
          gather(rows, depth, (<usize>c) << 2, count, packedA);
          for (let i = 0; i < ROWS; i++)
            store<usize>(table + ((<usize>i) << 2), tap + ((<usize>((c + i) * filters)) << 2));
          addPanel(packedA, scratch, depth, count, filters, table, spare);
        }
      }
  }
}

/** Packs `count` (at most 4) channels of the pixels whose addresses `rows` holds, as a panel of A. */
function gather(rows: usize, depth: i32, offset: usize, count: i32, to: usize): void {
  if (count == ROWS) {
    for (let k = 0; k < depth; k++) {
      v128.store(to, v128.load(load<usize>(rows) + offset));
      rows += 4;
      to += 16;
    }
    return;
  }
  for (let k = 0; k < depth; k++) {
    const pixel = load<usize>(rows) + offset;
    for (let i = 0; i < ROWS; i++)
      store<f32>(to + ((<usize>i) << 2), i < count ? load<f32>(pixel + ((<usize>i) << 2)) : 0);
    rows += 4;
    to += 16;
  }
}
