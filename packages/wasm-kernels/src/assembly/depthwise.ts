// The gradients of a depthwise convolution, channels last, one row of the output at a time. `multiplier` filters read each
// channel; with one, which is what networks use, 4 channels go at once.
import { madd } from './madd';

/** The first i of offset + i · step that are not below 0. */
export function firstInside(offset: i32, step: i32): i32 {
  return offset >= 0 ? 0 : (step - 1 - offset) / step;
}

/** One past the last i < count of offset + i · step that are below `size`. */
export function endInside(offset: i32, step: i32, size: i32, count: i32): i32 {
  return offset >= size ? 0 : min(count, (size - 1 - offset) / step + 1);
}

/** dW[kh, kw, channels, multiplier] from x[n, h, w, channels] and dy[n, oh, ow, channels * multiplier]. */
export function depthwiseFilterGradient(
  x: usize,
  dy: usize,
  dw: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  multiplier: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): void {
  const filters = channels * multiplier;
  const stepX = (<usize>(strideWidth * channels)) << 2,
    stepY = (<usize>filters) << 2;
  memory.fill(dw, 0, (<usize>(kernelHeight * kernelWidth * filters)) << 2);
  for (let n = 0; n < batch; n++)
    for (let oh = 0; oh < outHeight; oh++)
      for (let r = 0; r < kernelHeight; r++) {
        const row = oh * strideHeight - top + r * dilationHeight;
        if (<u32>row >= <u32>height) continue;
        for (let s = 0; s < kernelWidth; s++) {
          const offset = s * dilationWidth - left;
          const first = firstInside(offset, strideWidth),
            end = endInside(offset, strideWidth, width, outWidth);
          const pixel = x + ((<usize>(((n * height + row) * width + first * strideWidth + offset) * channels)) << 2);
          const grad = dy + ((<usize>(((n * outHeight + oh) * outWidth + first) * filters)) << 2);
          const tap = dw + ((<usize>((r * kernelWidth + s) * filters)) << 2);
          let f = 0;
          if (multiplier == 1)
            for (; f + 4 <= filters; f += 4) {
              let xp = pixel + ((<usize>f) << 2),
                gp = grad + ((<usize>f) << 2),
                sum = f32x4.splat(0);
              for (let ow = first; ow < end; ow++) {
                sum = madd(v128.load(xp), v128.load(gp), sum);
                xp += stepX;
                gp += stepY;
              }
              const at = tap + ((<usize>f) << 2);
              v128.store(at, f32x4.add(v128.load(at), sum));
            }
          for (; f < filters; f++) {
            let xp = pixel + ((<usize>(f / multiplier)) << 2),
              gp = grad + ((<usize>f) << 2),
              sum: f32 = 0;
            for (let ow = first; ow < end; ow++) {
              sum += load<f32>(xp) * load<f32>(gp);
              xp += stepX;
              gp += stepY;
            }
            const at = tap + ((<usize>f) << 2);
            store<f32>(at, load<f32>(at) + sum);
          }
        }
      }
}

/** dx[n, h, w, channels] from dy[n, oh, ow, channels * multiplier] and the filter w[kh, kw, channels, multiplier]. */
export function depthwiseInputGradient(
  dy: usize,
  filter: usize,
  dx: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  multiplier: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): void {
  const filters = channels * multiplier;
  const stepX = (<usize>(strideWidth * channels)) << 2,
    stepY = (<usize>filters) << 2;
  memory.fill(dx, 0, (<usize>(batch * height * width * channels)) << 2);
  for (let n = 0; n < batch; n++)
    for (let oh = 0; oh < outHeight; oh++)
      for (let r = 0; r < kernelHeight; r++) {
        const row = oh * strideHeight - top + r * dilationHeight;
        if (<u32>row >= <u32>height) continue;
        for (let s = 0; s < kernelWidth; s++) {
          const offset = s * dilationWidth - left;
          const first = firstInside(offset, strideWidth),
            end = endInside(offset, strideWidth, width, outWidth);
          const pixel = dx + ((<usize>(((n * height + row) * width + first * strideWidth + offset) * channels)) << 2);
          const grad = dy + ((<usize>(((n * outHeight + oh) * outWidth + first) * filters)) << 2);
          const tap = filter + ((<usize>((r * kernelWidth + s) * filters)) << 2);
          let c = 0;
          if (multiplier == 1)
            for (; c + 4 <= channels; c += 4) {
              let xp = pixel + ((<usize>c) << 2),
                gp = grad + ((<usize>c) << 2);
              const weight = v128.load(tap + ((<usize>c) << 2));
              for (let ow = first; ow < end; ow++) {
                v128.store(xp, madd(v128.load(gp), weight, v128.load(xp)));
                xp += stepX;
                gp += stepY;
              }
            }
          for (; c < channels; c++)
            for (let q = 0; q < multiplier; q++) {
              const f = c * multiplier + q;
              let xp = pixel + ((<usize>c) << 2),
                gp = grad + ((<usize>f) << 2);
              const weight = load<f32>(tap + ((<usize>f) << 2));
              for (let ow = first; ow < end; ow++) {
                store<f32>(xp, load<f32>(xp) + load<f32>(gp) * weight);
                xp += stepX;
                gp += stepY;
              }
            }
        }
      }
}
