// The gradients of 2-D pooling, channels last, one window at a time and 4 channels at once.
import { scaleAddRow } from './rows';

/**
 * dx[n, h, w, channels]: each dy[n, oh, ow, channels] goes to the first largest x of its window. A window without any number
 * above minus infinity passes nothing on.
 */
export function maxPoolGradient(
  x: usize,
  dy: usize,
  dx: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
): void {
  const image = (<usize>(height * width * channels)) << 2;
  const pixel = (<usize>channels) << 2;
  memory.fill(dx, 0, <usize>batch * image);
  for (let n = 0; n < batch; n++) {
    for (let oh = 0; oh < outHeight; oh++) {
      const firstRow = max(0, oh * strideHeight - top);
      const endRow = min(height, oh * strideHeight - top + filterHeight);
      for (let ow = 0; ow < outWidth; ow++) {
        const firstColumn = max(0, ow * strideWidth - left);
        const endColumn = min(width, ow * strideWidth - left + filterWidth);
        let c = 0;
        for (; c + 4 <= channels; c += 4) {
          let best = f32x4.splat(-Infinity);
          let place = i32x4.splat(-1);
          for (let row = firstRow; row < endRow; row++) {
            for (let column = firstColumn; column < endColumn; column++) {
              const offset = <usize>(row * width + column) * pixel + ((<usize>c) << 2);
              const value = v128.load(x + offset);
              const larger = f32x4.gt(value, best);
              best = v128.bitselect(value, best, larger);
              place = v128.bitselect(i32x4.splat(<i32>offset), place, larger);
            }
          }
          const at = (<usize>c) << 2;
          pass(dx, i32x4.extract_lane(place, 0), 0, dy + at);
          pass(dx, i32x4.extract_lane(place, 1), 4, dy + at);
          pass(dx, i32x4.extract_lane(place, 2), 8, dy + at);
          pass(dx, i32x4.extract_lane(place, 3), 12, dy + at);
        }
        for (; c < channels; c++) {
          let best: f32 = -Infinity;
          let place = -1;
          for (let row = firstRow; row < endRow; row++) {
            for (let column = firstColumn; column < endColumn; column++) {
              const offset = <usize>(row * width + column) * pixel + ((<usize>c) << 2);
              const value = load<f32>(x + offset);
              if (value > best) {
                best = value;
                place = <i32>offset;
              }
            }
          }
          pass(dx, place, 0, dy + ((<usize>c) << 2));
        }
        dy += pixel;
      }
    }
    x += image;
    dx += image;
  }
}

/** Adds the number at dy + lane to the place in an image; a negative place is none. */
function pass(dx: usize, place: i32, lane: usize, dy: usize): void {
  if (place < 0) return;
  const to = dx + <usize>place + lane;
  store<f32>(to, load<f32>(to) + load<f32>(dy + lane));
}

/** dx[n, h, w, channels]: each dy[n, oh, ow, channels] goes in equal parts to its window, what lies in the padding is lost. */
export function avgPoolGradient(
  dy: usize,
  dx: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
): void {
  const image = (<usize>(height * width * channels)) << 2;
  const pixel = (<usize>channels) << 2;
  const part: f32 = <f32>1 / <f32>(filterHeight * filterWidth);
  memory.fill(dx, 0, <usize>batch * image);
  for (let n = 0; n < batch; n++) {
    for (let oh = 0; oh < outHeight; oh++) {
      const firstRow = max(0, oh * strideHeight - top);
      const endRow = min(height, oh * strideHeight - top + filterHeight);
      for (let ow = 0; ow < outWidth; ow++) {
        const firstColumn = max(0, ow * strideWidth - left);
        const endColumn = min(width, ow * strideWidth - left + filterWidth);
        for (let row = firstRow; row < endRow; row++) {
          for (let column = firstColumn; column < endColumn; column++) {
            scaleAddRow(dx + <usize>(row * width + column) * pixel, dy, part, channels);
          }
        }
        dy += pixel;
      }
    }
    dx += image;
  }
}
