import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Options } from '../options.js';
import type { Found } from '../report.js';
import { measureAll } from '../run/measure.js';
import { SEED } from './onnx/noise.js';
import { pointwiseProducts } from './products.js';
import { fileRows, netFigures, wholeNets } from './whole-nets.js';

/** The runtime beside others' engines: point-wise convolutions, and whole nets. */
export async function benchInfer({ repetitions, only }: Options, log: (line: string) => void): Promise<Found> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'lowbit-bench-'));
  const products = await pointwiseProducts(repetitions, folder);
  try {
    const found = await measureAll([...products.groups, ...wholeNets(repetitions, folder)], only, log);
    const rows = [...found.rows, ...(await fileRows(folder))];
    return { ...found, rows, figures: [...products.figures(rows), ...netFigures(rows)], seed: SEED };
  } finally {
    await products.close();
    await rm(folder, { recursive: true });
  }
}
