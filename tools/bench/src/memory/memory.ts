import { ratioFigure } from '../figures.js';
import type { Options } from '../options.js';
import type { Found, Row } from '../report.js';
import { startProcess, type Started } from '../run/child.js';
import { productCommand, SEED } from '../train/product.js';

const NET = 'L20x4 W1A4, batch 128';

/** What is watched, by the name that the side's process gives it. */
const WATCHED = [
  { key: 'memoryMiB', shape: `${NET}: WASM heap`, unit: 'MiB' },
  { key: 'tensors', shape: `${NET}: tensors`, unit: 'tensors' },
  { key: 'tensorMiB', shape: `${NET}: values of all tensors`, unit: 'MiB' },
] as const;

/** The step from which on nothing should grow any more: heap and caches have what a step needs. */
const SETTLED = 10;

const sideOf = (step: number) => `step ${step}`;

/** The WASM heap and the tensors of a training, watched over its steps: what a step leaves behind shows as growth. */
export async function benchMemory({ steps }: Options, log: (line: string) => void): Promise<Found> {
  const name = 'train on WASM';
  const training = await startProcess(productCommand({ name, backend: 'wasm', net: 'L20x4', batch: 128 }));
  if ('skipped' in training) return { rows: WATCHED.map(({ shape }) => ({ side: name, shape, ...training })) };
  try {
    const rows = await watch(training, steps, log);
    const figures = WATCHED.flatMap(({ shape, unit }) => {
      const what = `${unit === 'tensors' ? unit : shape.slice(NET.length + 2)} at step ${steps} against step ${SETTLED}`;
      const target = { atMost: 1 };
      return steps > SETTLED
        ? ratioFigure(rows, { what, shape, side: sideOf(steps), against: sideOf(SETTLED), target })
        : [];
    });
    return { rows, figures, versions: training.versions, seed: SEED };
  } finally {
    await training.close();
  }
}

async function watch({ ask, about }: Started, steps: number, log: (line: string) => void): Promise<Row[]> {
  const watched = watchedSteps(steps);
  const rows = WATCHED.map((): Row[] => []);
  for (let step = 1; step <= steps; step++) {
    await ask('step');
    if (!watched.includes(step)) continue;
    const found = await ask('memory');
    WATCHED.forEach(({ key, shape, unit }, i) => {
      const value = found[key] as number;
      rows[i]!.push({ side: sideOf(step), shape, about, median: value, min: value, max: value, unit });
    });
    log(`step ${step}: ${WATCHED.map(({ key, unit }) => `${found[key] as number} ${unit}`).join(', ')}`);
  }
  return rows.flat();
}

/** 1, 10, 100, … and the last. */
export function watchedSteps(steps: number): number[] {
  const powers = Array.from({ length: Math.floor(Math.log10(steps)) + 1 }, (_, i) => 10 ** i);
  return [...new Set([...powers, steps])];
}
