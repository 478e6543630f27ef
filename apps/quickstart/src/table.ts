import { count, duration, percent } from '@lowbit/display';
import Table from 'cli-table3';
import type { Packed } from './pack.js';

/** The part of a run's `summary.json` that is shown. */
export interface Summary {
  readonly metrics: Readonly<Record<string, number>>;
  readonly size: {
    readonly parameters: number;
    readonly bits: number;
    readonly bytes: number;
    readonly perKind: readonly { readonly kind: string; readonly parameters: number; readonly bits: number }[];
  };
  readonly informationDensity: number | null;
  readonly wallSeconds: number;
}

/** The runs side by side: accuracy, bytes, bits of each kind of layer, information density, time; what came of packing them. */
export function resultTable(
  labels: readonly string[],
  summaries: readonly Summary[],
  packed: readonly Packed[],
): string {
  const ofPacked = (cell: (packed: Packed) => string): string[] => packed.map(cell);
  const each = (cell: (summary: Summary) => string): string[] => summaries.map(cell);
  const kinds = [...new Set(summaries.flatMap(({ size }) => size.perKind.map(({ kind }) => kind)))];
  const table = new Table({
    head: ['', ...labels],
    colAligns: ['left', ...labels.map(() => 'right' as const)],
    style: { head: [], border: [] },
  });
  table.push(
    ['test accuracy', ...each(({ metrics }) => percent(metrics.testAccuracy!))],
    ['bytes', ...each(({ size }) => count(size.bytes))],
    [
      ['bits of the layers', ...kinds.map((kind) => `  ${kind}`)].join('\n'),
      ...each(({ size }) => ['', ...kinds.map((kind) => kindText(size, kind))].join('\n')),
    ],
    ['density, by thousand KiB', ...each(({ informationDensity: density }) => density?.toFixed(3) ?? '–')],
    ['wall time', ...each(({ wallSeconds }) => duration(wallSeconds))],
    ['packed file, bytes', ...ofPacked(({ bytes }) => count(bytes))],
    ['  same class as before', ...ofPacked(({ check }) => `${count(check.sameTop1)} of ${count(check.examples)}`)],
    ['  scores off by > 0.0001', ...ofPacked(({ check }) => count(check.differingScores))],
    ['ms a digit, packed', ...ofPacked(({ check }) => check.milliseconds.packed.toFixed(3))],
    ['ms a digit, TF.js', ...ofPacked(({ check }) => check.milliseconds.tfjs.toFixed(3))],
  );
  return table.toString();
}

/** '30,976 × 1 = 30,976' */
function kindText({ perKind }: Summary['size'], kind: string): string {
  const found = perKind.find((each) => each.kind === kind);
  if (!found) return '–';
  const { parameters, bits } = found;
  const each = bits / parameters;
  return `${count(parameters)} × ${Number.isInteger(each) ? each : each.toFixed(2)} = ${count(bits)}`;
}

/** What the table says of the packed few-bit net, in a sentence. */
export function packedVerdict(few: Packed, float: Packed): string {
  const { examples, sameTop1, milliseconds } = few.check;
  const same = sameTop1 === examples ? 'every test digit' : `${count(sameTop1)} of ${count(examples)} test digits`;
  const times = (float.check.milliseconds.tfjs / milliseconds.packed).toFixed(1);
  return `Packed into ${count(few.bytes)} bytes it says the same of ${same}, ${times} times as fast as TF.js its float twin.`;
}

/** What the table says, in a sentence. */
export function verdict(few: Summary, float: Summary): string {
  const points = 100 * (float.metrics.testAccuracy! - few.metrics.testAccuracy!);
  const times = (float.size.bits / few.size.bits).toFixed(1);
  const compared =
    points === 0 ? 'as accurate' : `${Math.abs(points).toFixed(2)} points ${points > 0 ? 'less' : 'more'} accurate`;
  return `The W1A4 net is ${times} times smaller than its float twin and ${compared}.`;
}
