import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BACKENDS } from '@lowbit/backends';
import type { Row } from '../report.js';
import type { SideResult } from './side.js';

const NET = 'L-SSPQ20 W4A4 32×32×3';

/** What is tried until it fits: WASM has 4 GiB. Plain JavaScript would need minutes for one step of 128 images. */
const BATCHES = { cpu: [4], wasm: [128, 64, 32, 16] } as const;

/** Images per second of a training step (forward, both gradients, momentum) on every backend that is here. */
export async function benchTrain(log: (line: string) => void): Promise<Row[]> {
  const rows: Row[] = [];
  for (const backend of BACKENDS) {
    for (const batch of backend in BATCHES ? BATCHES[backend as keyof typeof BATCHES] : [128]) {
      const shape = `${NET} batch ${batch}`;
      const result = await runSide(backend, batch);
      if (!('skipped' in result)) {
        const shares = Object.fromEntries(result.kernels);
        rows.push({ side: backend, shape, ...result.imagesPerSecond, unit: 'images/s', shares });
        log(`${backend} (${result.why})${result.heapMiB ? `, heap ${Math.round(result.heapMiB)} MiB` : ''}`);
        break;
      }
      rows.push({ side: backend, shape, skipped: result.skipped });
    }
  }
  return rows;
}

async function runSide(backend: string, batch: number): Promise<SideResult> {
  const side = fileURLToPath(new URL('./side.ts', import.meta.url));
  try {
    const node = ['--conditions=@lowbit/source', '--import', 'tsx', '--max-old-space-size=8192'];
    const { stdout } = await promisify(execFile)(process.execPath, [...node, side, backend, String(batch)]);
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as SideResult;
  } catch (error) {
    return {
      skipped: `its process ended: ${String((error as Error).message)
        .split('\n')[0]!
        .slice(0, 200)}`,
    };
  }
}
