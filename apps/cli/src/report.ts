import { count, percent } from '@lowbit/display';
import { informationDensity, kilokibibytes, mebibytes, type ModelSize } from '@lowbit/quant-core';
import type { Metrics } from '@lowbit/plugin-api';
import { table } from './table.js';

/** A size in both units of the L-SSPQ paper, and its density where the accuracy is known. Plain JSON. */
export interface SizeReport {
  readonly parameters: number;
  readonly bits: number;
  readonly bytes: number;
  /** 2^20 bytes: the paper's unit for float models. */
  readonly mebibytes: number;
  /** 1000 KiB: what the paper calls MB in the sizes of quantized models. */
  readonly kilokibibytes: number;
  /** Top-1, in [0, 1]. */
  readonly accuracy?: number;
  /** L-SSPQ eq. 2, by either unit. */
  readonly informationDensity?: { readonly mebibytes: number; readonly kilokibibytes: number };
  readonly perKind: ModelSize['perKind'];
  readonly perLayer: ModelSize['perLayer'];
}

export function sizeReport(size: ModelSize, accuracy?: number): SizeReport {
  const { parameters, bits, bytes, perKind, perLayer } = size;
  const units = { mebibytes: mebibytes(bits), kilokibibytes: kilokibibytes(bits) };
  const known = accuracy !== undefined && accuracy > 0;
  const density = known && {
    accuracy,
    informationDensity: {
      mebibytes: informationDensity(accuracy, units.mebibytes),
      kilokibibytes: informationDensity(accuracy, units.kilokibibytes),
    },
  };
  return { parameters, bits, bytes, ...units, ...density, perKind, perLayer };
}

/** What each kind of layer takes, and the sum in both units. */
export function sizeText(report: SizeReport, { perLayer = false } = {}): string {
  const kinds = report.perKind.map(({ kind, parameters, bits }) => sizeRow([kind], parameters, bits));
  const sum = sizeRow(['all'], report.parameters, report.bits);
  const head = ['parameters', 'bits each', 'bytes'];
  const layers = report.perLayer.map(({ layer, weight, kind, count, bits }) =>
    sizeRow([layer, weight, kind], count, count * bits),
  );
  const lines = [table(['kind', ...head], [...kinds, sum], [1, 2, 3])];
  if (perLayer) lines.unshift(`${table(['layer', 'weight', 'kind', ...head], layers, [3, 4, 5])}\n`);
  lines.push(
    '',
    `size                 ${report.mebibytes.toFixed(4)} MiB, ${report.kilokibibytes.toFixed(4)} thousand KiB`,
  );
  if (report.informationDensity) {
    const { mebibytes: mib, kilokibibytes: kkib } = report.informationDensity;
    lines.push(`information density  ${mib.toFixed(4)} by MiB, ${kkib.toFixed(4)} by thousand KiB`);
  }
  return lines.join('\n');
}

function sizeRow(names: readonly string[], parameters: number, bits: number): string[] {
  return [...names, count(parameters), shortBits(bits / parameters), count(Math.ceil(bits / 8))];
}

function shortBits(bits: number): string {
  return Number.isInteger(bits) ? String(bits) : bits.toFixed(2);
}

/** The metrics of a run that has ended, a line for each split. */
export function metricsText(metrics: Metrics): string {
  const { bestEpoch } = metrics;
  const lines = ['train', 'validation', 'test'].flatMap((split) => {
    const [now, best] = [splitMetrics(metrics, split === 'train' ? '' : split), splitMetrics(metrics, bestName(split))];
    if (now === '') return [];
    return [`${split.padEnd(11)}${now}${best === '' ? '' : `; best, in epoch ${bestEpoch}: ${best}`}`];
  });
  return lines.join('\n');
}

/** 'accuracy 97.10 %, loss 0.1234' */
export function splitMetrics(metrics: Metrics, prefix = ''): string {
  const under = (name: string): number | undefined =>
    metrics[prefix === '' ? name : `${prefix}${name[0]!.toUpperCase()}${name.slice(1)}`];
  const [accuracy, top5, loss] = [under('accuracy'), under('top5'), under('loss')];
  const parts = [];
  if (accuracy !== undefined) parts.push(`accuracy ${percent(accuracy)}`);
  if (top5 !== undefined) parts.push(`top-5 ${percent(top5)}`);
  if (loss !== undefined) parts.push(`loss ${loss.toFixed(4)}`);
  return parts.join(', ');
}

function bestName(split: string): string {
  return `best${split[0]!.toUpperCase()}${split.slice(1)}`;
}
