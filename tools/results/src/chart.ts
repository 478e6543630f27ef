import { svgOf, type ChartSpec } from '@lowbit/display';
import type { Result } from './result.js';

const LABEL = 'Test accuracy (%)';

/** Test accuracy after each epoch as an SVG, a line for each run, a panel for each network. */
export async function accuracyChart(results: readonly Result[]): Promise<string> {
  return svgOf(spec(results));
}

function spec(results: readonly Result[]): ChartSpec {
  const values = results.flatMap(({ experiment, epochs }) =>
    epochs.map(({ epoch, testAccuracy }) => ({ ...nameOf(experiment), epoch, [LABEL]: 100 * testAccuracy })),
  );
  return {
    background: 'white',
    data: { values },
    facet: { field: 'network', type: 'nominal', title: null },
    columns: 2,
    spec: {
      width: 320,
      height: 220,
      mark: { type: 'line', point: { size: 12 } },
      encoding: {
        x: { field: 'epoch', type: 'quantitative', title: 'Epoch', axis: { tickMinStep: 1 } },
        y: { field: LABEL, type: 'quantitative', scale: { zero: false } },
        color: { field: 'precision', type: 'nominal', title: null, sort: ['float', 'W4A4', 'W1A4'] },
      },
    },
    resolve: { scale: { x: 'independent', y: 'independent' } },
  };
}

/** `cifar10-resnet20-w4a4` is the network resnet20 at W4A4. */
export function nameOf(experiment: string): { network: string; precision: string } {
  const [, ...parts] = experiment.split('-');
  const precision = parts.pop()!;
  return { network: parts.join('-'), precision: precision === 'float' ? precision : precision.toUpperCase() };
}
