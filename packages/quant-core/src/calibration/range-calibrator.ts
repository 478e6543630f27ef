import { LowbitError, type Calibrator, type Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import type { Blocks } from '../blocks.js';
import { nothingObserved } from '../calibrators.js';
import { allFinite, extremesOfBlocks, valuesOfBlocks } from '../on-host.js';
import { Histogram } from './histogram.js';
import {
  entropyRange,
  extremes,
  leastSquaresRange,
  percentileRange,
  type Calibration,
  type GridKind,
  type Range,
} from './range.js';

/** What a range is calibrated for, and how. */
export interface RangeCalibration {
  readonly kind: GridKind;
  readonly method: Calibration;
  /** Of 'percentile': how many of 100 values are not clipped. */
  readonly percentile: number;
  readonly blocks: (shape: readonly (number | null)[], channelAxis?: number) => Blocks;
  /** What a message calls the place. */
  readonly where: string;
}

/** Bins of all histograms of a calibrator together, on each side of 0. */
const ALL_BINS = 2 ** 20;

/**
 * Calibrates the state 'low' and 'high' of each block. Looks at batches one after the other, keeps histograms of at most 2048 bins on
 * each side of 0 and not the batches, and holds no tensor.
 */
export function rangeCalibrator(calibration: RangeCalibration): NonNullable<Quantizer['calibrator']> {
  const { method, blocks, where } = calibration;
  return ({ channelAxis } = {}): Calibrator => {
    let seen: { readonly parts: readonly Seen[]; readonly shape: readonly number[] } | undefined;
    return {
      observe(x) {
        if (x.size === 0) return;
        const at = blocks(x.shape, channelAxis);
        seen ??= { parts: partsOf(method, tf.util.sizeFromShape([...at.state])), shape: at.state };
        if (!tf.util.arraysEqual([...seen.shape], [...at.state])) throw otherShape(where, seen.shape, at.state);
        checkUsable(x, where);
        const { parts } = seen;
        if (method === 'minmax') tf.tidy(() => seeExtremes(x, at, parts));
        else tf.tidy(() => seeValues(x, at, parts as readonly Histogram[]));
      },
      state() {
        if (!seen) throw nothingObserved(where);
        const ranges = seen.parts.map((part) => rangeOf(calibration, part));
        const tensor = (end: keyof Range) =>
          tf.tensor(
            Float32Array.from(ranges, (range) => range[end]),
            [...seen!.shape],
          );
        const ends: (keyof Range)[] = calibration.kind.range === 'affine' ? ['low', 'high'] : ['high'];
        return Object.fromEntries(ends.map((end) => [end, tensor(end)]));
      },
      dispose() {
        seen = undefined;
      },
    };
  };
}

type Seen = Pick<Histogram, 'min' | 'max'>;

function partsOf(method: Calibration, count: number): Seen[] {
  const bins = Math.max(32, Math.min(2048, 2 * Math.floor(ALL_BINS / count / 2)));
  return Array.from({ length: count }, () =>
    method === 'minmax' ? { min: Infinity, max: -Infinity } : new Histogram(bins),
  );
}

function rangeOf({ kind, method, percentile }: RangeCalibration, seen: Seen): Range {
  if (method === 'minmax') return extremes(kind, seen);
  const histogram = seen as Histogram;
  if (method === 'percentile') return percentileRange(kind, histogram, percentile);
  return method === 'mse' ? leastSquaresRange(kind, histogram) : entropyRange(kind, histogram);
}

function seeExtremes(x: tf.Tensor, blocks: Blocks, parts: readonly Seen[]): void {
  const { min, max } = extremesOfBlocks(blocks.view(x), blocks);
  parts.forEach((part, i) => {
    part.min = Math.min(part.min, min[i]!);
    part.max = Math.max(part.max, max[i]!);
  });
}

function seeValues(x: tf.Tensor, blocks: Blocks, parts: readonly Histogram[]): void {
  const values = valuesOfBlocks(blocks.view(x), blocks);
  parts.forEach((part, i) => part.add(values[i]!));
}

function checkUsable(x: tf.Tensor, where: string): void {
  if (allFinite(x)) return;
  throw new LowbitError('data', {
    what: 'NaN or an infinity cannot be calibrated on',
    where: `${where}, batch of shape [${x.shape.join(', ')}]`,
    hint: 'look for it in the data, or in the layers before',
  });
}

function otherShape(where: string, before: readonly number[], now: readonly number[]): LowbitError {
  return new LowbitError('data', {
    what: 'the batches of a calibration must have the same channels',
    where,
    received: `[${now.join(', ')}] after [${before.join(', ')}]`,
  });
}
