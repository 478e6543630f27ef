import { count, percent } from '@lowbit/display';
import type { Policy } from '@lowbit/quant-core';
import { table } from './table.js';

/** What `lowbit quantize` came to. Plain JSON. */
export interface Quantized {
  readonly model: string;
  readonly output: string;
  readonly policy: Policy;
  readonly calibration: { readonly data: string; readonly examples: number };
  readonly backend: string;
  /** Top-1, in [0, 1]; `corrected` after re-estimation and bias correction. */
  readonly accuracy: { readonly float: number; readonly quantized: number; readonly corrected?: number };
  /** Signal to noise in dB, null where there is no error, the largest error first; `before` the corrections. */
  readonly layers: readonly {
    readonly layer: string;
    readonly output: number | null;
    readonly before?: number | null;
    readonly weights: Readonly<Record<string, number | null>>;
  }[];
  /** Bytes of the weights as they are stored. */
  readonly size: { readonly float: number; readonly quantized: number };
}

/** The same for people. */
export function quantizeText({ accuracy, layers, size, output }: Quantized, split: string): string {
  const corrected = accuracy.corrected !== undefined;
  const rows = layers.map(({ layer, output: now, before, weights }) => [
    layer,
    ...(corrected ? [decibels(before ?? null)] : []),
    decibels(now),
    Object.values(weights).map(decibels).join(', '),
  ]);
  const head = ['layer', ...(corrected ? ['output before, dB'] : []), 'output, dB', 'weights, dB'];
  const steps = Object.entries(accuracy).map(([name, value]) => `${name} ${percent(value)}`);
  return [
    table(head, rows, head.map((_, i) => i).slice(1)),
    '',
    `accuracy on ${split}  ${steps.join(', ')}`,
    `bytes of weights  ${count(size.float)}, quantized ${count(size.quantized)}`,
    `written to  ${output}`,
  ].join('\n');
}

function decibels(value: number | null): string {
  return value === null ? 'exact' : value.toFixed(2);
}
