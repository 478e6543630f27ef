import type { backend_util } from '@tensorflow/tfjs-core';
import type { KernelHost } from '../native.js';
import { geometry } from './convolution.js';

/** Fewest tiles of 2×2 outputs for which it pays to spread the filter first. */
const FEWEST_TILES = 64;

/**
 * Whether a convolution is computed by Winograd's minimal filtering, F(2×2, 3×3): 3×3 windows of stride 1, and channels that fill the
 * kernels' tiles, whichever of the two sides is the input.
 */
function suitsWinograd(info: backend_util.Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, inChannels, outChannels } = info;
  const tiles = info.batchSize * Math.ceil(info.outHeight / 2) * Math.ceil(info.outWidth / 2);
  return (
    filterHeight === 3 &&
    filterWidth === 3 &&
    strideHeight === 1 &&
    strideWidth === 1 &&
    [inChannels, outChannels].every((channels) => channels > 0 && channels % 8 === 0) &&
    tiles >= FEWEST_TILES
  );
}

/**
 * Runs `minimal` where the convolution suits it; where it does not, or its result is not finite, `plain`, whose sums pass NaN and
 * infinities on as the cpu backend's do.
 */
export function byWinograd(
  { exports, scratch }: KernelHost,
  info: backend_util.Conv2DInfo,
  minimal: (geometry: number[], free: number) => number,
  plain: () => void,
): void {
  const numbers = geometry(info);
  const withoutWindow = [...numbers.slice(0, 7), ...numbers.slice(11)];
  const isDone =
    suitsWinograd(info) &&
    scratch(exports.winogradScratch(info.inChannels, info.outChannels) >>> 0, (free) => minimal(withoutWindow, free));
  if (!isDone) plain();
}
