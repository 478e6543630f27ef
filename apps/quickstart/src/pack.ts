import { rm } from 'node:fs/promises';
import path from 'node:path';
import { startLowbit } from './child.js';
import type { Run } from './train-both.js';

/** The part of what `lowbit export --check --json` prints that is shown. */
export interface Packed {
  /** Of the file. */
  readonly bytes: number;
  readonly check: {
    readonly examples: number;
    readonly sameTop1: number;
    readonly differingScores: number;
    readonly milliseconds: { readonly packed: number; readonly tfjs: number };
  };
}

/** Where a run's packed network is written. */
export function packedFile({ dir }: Run): string {
  return path.join(dir, 'model.lowbit');
}

/**
 * Packs the runs' networks and runs each beside the model that it was made of, one after another, since they are timed.
 *
 * @returns one for each run; or what went wrong with the first that failed
 */
export async function packAll(
  runs: readonly Run[],
): Promise<{ packed: Packed[] } | { label: string; code: number; error: string }> {
  const packed: Packed[] = [];
  for (const run of runs) {
    // of an earlier `npm start` that was resumed
    await rm(packedFile(run), { force: true });
    const { ended } = startLowbit(['export', run.dir, '-o', packedFile(run), '--check', '--backend', 'wasm']);
    const { code, result, error } = await ended;
    if (code !== 0) return { label: run.label, code, error: error ?? `it ended with code ${code}` };
    packed.push(result as unknown as Packed);
  }
  return { packed };
}
