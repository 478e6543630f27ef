import { LowbitError } from '@lowbit/plugin-api';
import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';

/** A folder for a run. */
export interface RunDir {
  readonly dir: string;
  /** Removes it again when this process made it and nothing has come into it. */
  release(): Promise<void>;
}

/**
 * Makes a new folder `runs/NAME`, or with the first number that is free `runs/NAME-2`, `runs/NAME-3`: a run is never written
 * over another.
 *
 * @throws LowbitError ('io') the folder cannot be made
 */
export async function claimRunDir(name: string, runs = 'runs'): Promise<RunDir> {
  const isNew = await make(runs);
  for (let number = 1; ; number++) {
    const dir = path.join(runs, number === 1 ? name : `${name}-${number}`);
    if (await make(dir)) return { dir, release: () => removeIfEmpty(dir, ...(isNew ? [runs] : [])) };
  }
}

/**
 * Makes the folder that the user named, where it is not there yet.
 *
 * @throws LowbitError ('io') the folder cannot be made
 */
export async function openRunDir(dir: string): Promise<RunDir> {
  const isNew = await make(dir);
  return { dir, release: async () => (isNew ? removeIfEmpty(dir) : undefined) };
}

/** Makes a folder and those above it; says whether it is new. */
async function make(dir: string): Promise<boolean> {
  try {
    return await makeWithParents(path.resolve(dir));
  } catch (cause) {
    const { message } = cause as Error;
    const hint = 'choose another place with --out DIR';
    throw new LowbitError('io', { what: 'the folder cannot be made', where: dir, received: message, hint }, { cause });
  }
}

// mkdir's own `recursive` never returns where a folder says ENOENT to every new name, as those of /proc do
async function makeWithParents(dir: string, again = true): Promise<boolean> {
  try {
    await mkdir(dir);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'ENOENT' || !again) throw error;
    await makeWithParents(path.dirname(dir));
    return makeWithParents(dir, false);
  }
}

async function removeIfEmpty(...dirs: readonly string[]): Promise<void> {
  for (const dir of dirs) await rmdir(dir).catch(() => undefined);
}
