import type { Experiment, NamedArrays } from '@lowbit/training';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { movedPath } from './plugins.js';

/** What an experiment begins with. */
export interface Beginning {
  /** The path as the run folder names it. */
  readonly experiment: Pick<Experiment, 'initialWeights'>;
  readonly options: { readonly initialWeights?: NamedArrays };
}

/**
 * Reads the weights that an experiment begins with; of a run that has a checkpoint they are not needed any more.
 *
 * @param folder what their path is relative to: the config's
 * @param dir the run folder
 */
export async function beginning({ initialWeights }: Experiment, folder: string, dir: string): Promise<Beginning> {
  if (initialWeights === undefined) return { experiment: {}, options: {} };
  const experiment = { initialWeights: movedPath(initialWeights, folder, dir) };
  const { readWeights, RUN_FILES } = await import('@lowbit/training');
  if (existsSync(path.join(dir, RUN_FILES.last))) return { experiment, options: {} };
  return { experiment, options: { initialWeights: await readWeights(path.resolve(folder, initialWeights)) } };
}
