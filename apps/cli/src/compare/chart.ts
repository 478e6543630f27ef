import { svgOf, type ChartSpec } from '@lowbit/display';
import type { Row } from './rows.js';

/** Accuracy, bytes and time of each variant as an SVG, best accuracy first; accuracy with its deviation over seeds. */
export async function comparisonChart(rows: readonly Row[]): Promise<string> {
  return svgOf(spec(rows));
}

function spec(rows: readonly Row[]): ChartSpec {
  const sorted = [...rows].sort((a, b) => b.accuracy - a.accuracy);
  const values = sorted.map(({ name, accuracy, deviation = 0, bytes, secondsPerStep }) => ({
    name,
    accuracy: 100 * accuracy,
    low: 100 * (accuracy - deviation),
    high: 100 * (accuracy + deviation),
    bytes,
    milliseconds: 1000 * secondsPerStep,
  }));
  const y = { field: 'name', type: 'nominal', title: null, sort: null } as const;
  const names = { ...y, axis: { labelLimit: 320 } };
  const unnamed = { ...y, axis: { labels: false, ticks: false } };
  const bar = (field: string, title: string) => ({
    width: 140,
    height: { step: 18 },
    mark: { type: 'bar', height: 10 } as const,
    encoding: { y: unnamed, x: { field, type: 'quantitative', title } as const },
  });
  const accuracy = (field: string) =>
    ({ field, type: 'quantitative', title: 'Test accuracy (%)', scale: { zero: false } }) as const;
  return {
    background: 'white',
    data: { values },
    hconcat: [
      {
        width: 280,
        height: { step: 18 },
        layer: [
          { mark: 'rule', encoding: { y: names, x: accuracy('low'), x2: { field: 'high' } } },
          { mark: { type: 'point', filled: true, size: 50 }, encoding: { y: names, x: accuracy('accuracy') } },
        ],
      },
      bar('bytes', 'Stored weights (bytes)'),
      bar('milliseconds', 'Training step (ms)'),
    ],
  };
}
