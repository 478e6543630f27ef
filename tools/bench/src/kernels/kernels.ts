import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ratioFigure } from '../figures.js';
import type { Options } from '../options.js';
import type { Found } from '../report.js';
import { sideOf, type Started } from '../run/child.js';
import { measureAll, type Group } from '../run/measure.js';
import { nodeCommand } from '../run/node.js';
import type { Captured } from './calls.js';
import { startKernels } from './start.js';

/** Images of the training step: few beside the cpu backend, whose plain JavaScript needs seconds for one. */
const BATCHES = { stock: 8, cpu: 1 } as const;

const OWN = 'lowbit';
const OTHERS = { stock: 'stock WASM', cpu: 'cpu backend' } as const;

/** Each of the product's kernels beside TF.js's, with all the calls that a training step of L20x4 makes of it. */
export async function benchKernels({ repetitions, only }: Options, log: (line: string) => void): Promise<Found> {
  const [many, one] = [await capture(BATCHES.stock), await capture(BATCHES.cpu)];
  const captured = many.map((work) => (work.other === 'cpu' ? one.find(({ name }) => name === work.name)! : work));
  const processes = await Promise.all([
    startKernels('product', captured),
    startKernels('stock', captured),
    startKernels('cpu', captured),
  ]);
  const failed = processes.find((each) => 'skipped' in each);
  try {
    if (failed) throw new Error(failed.skipped);
    const [own, stock, cpu] = processes as [Started, Started, Started];
    const groups = captured.map((work, index): Group => {
      const request = `step ${index}`;
      const other = work.other && sideOf(OTHERS[work.other], work.other === 'stock' ? stock : cpu, request);
      return {
        shape: shapeOf(work),
        repetitions: { warm: 2, timed: repetitions },
        sides: [
          async () => sideOf(OWN, own, request),
          async () => other ?? { name: 'TF.js', skipped: 'it has no such kernel, and runs a composition of others' },
        ],
      };
    });
    const found = await measureAll(groups, only, log);
    const figures = captured.flatMap((work) => {
      if (!work.other) return [];
      const against = OTHERS[work.other];
      const what = `${work.name} against ${against}`;
      return ratioFigure(found.rows, { what, shape: shapeOf(work), side: OWN, against });
    });
    return { ...found, figures };
  } finally {
    await Promise.all(processes.map((each) => 'close' in each && each.close()));
  }
}

function shapeOf({ name, calls, other }: Captured): string {
  const times = calls.reduce((sum, call) => sum + call.times, 0);
  return `${name} × ${times}, batch ${BATCHES[other ?? 'stock']}`;
}

/** In a process of its own, whose kernels are wrapped to be watched. */
async function capture(batch: number): Promise<Captured[]> {
  const { command, args } = nodeCommand(new URL('./capture.ts', import.meta.url), [String(batch)]);
  const { stdout } = await promisify(execFile)(command, args, { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Captured[];
}
