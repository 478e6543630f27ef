import type { ModelSize, SizeRow } from '@lowbit/quant-core';
import { models } from '../models.js';
import type { SspqOptions } from '../options.js';
import { planSize, sumSize } from '../plan/size.js';

/** The size of a named model with these options, its inputs and bits as published. */
export function sizeOf(
  name: keyof typeof models,
  options: Pick<SspqOptions, 'secondBn' | 'expansion' | 'script'> = {},
): ModelSize {
  return planSize(models[name].plan(options));
}

/** Counts again with each row changed; undefined leaves it out. */
function recount(size: ModelSize, change: (row: SizeRow) => SizeRow | undefined): ModelSize {
  return sumSize(size.perLayer.map(change).filter((row) => row !== undefined));
}

/** Without the offsets of the shifts. */
export function withoutShifts(size: ModelSize): ModelSize {
  return recount(size, (row) => (row.kind === 'shift' ? undefined : row));
}

/** Without the first convolution. */
export function withoutStem(size: ModelSize): ModelSize {
  return recount(size, (row) => (row.layer === 'stem/conv' ? undefined : row));
}

/** With γ, β and both moving statistics of each batch norm. */
export function withMovingStatistics(size: ModelSize): ModelSize {
  return recount(size, (row) => (row.kind === 'batch-norm' ? { ...row, count: 2 * row.count } : row));
}

/** With only the projection shortcuts quantized, which is what the uploaded CIFAR script really does. */
export function withFloatPointwise(size: ModelSize): ModelSize {
  return recount(size, (row) => (row.layer.endsWith('/shortcut') ? row : { ...row, bits: 32 }));
}

/** ASL's shifts as the uploaded layer allocates them: 2 for each of a block's w inner channels, not of its input's. */
export function withInnerShifts(size: ModelSize, widths: readonly number[]): ModelSize {
  return recount(size, (row) => (row.kind === 'shift' ? { ...row, count: 2 * widths[groupOf(row.layer)]! } : row));
}

function groupOf(layer: string): number {
  return Number(/^group(\d+)/.exec(layer)![1]);
}
