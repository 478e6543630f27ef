import { LowbitError } from '@lowbit/plugin-api';
import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';

/** A folder that is this process's own. */
export interface ClaimedDir {
  readonly dir: string;
  /** Removes it again when nothing has come into it. */
  release(): Promise<void>;
}

/**
 * Makes a new folder `runs/NAME`, or with the first number that is free `runs/NAME-2`, `runs/NAME-3`: a run is never written
 * over another.
 *
 * @throws LowbitError ('io') the folder cannot be made
 */
export async function claimRunDir(name: string, runs = 'runs'): Promise<ClaimedDir> {
  await make(runs, true);
  for (let number = 1; ; number++) {
    const dir = path.join(runs, number === 1 ? name : `${name}-${number}`);
    if (await make(dir, false)) return { dir, release: () => removeIfEmpty(dir) };
  }
}

/** Whether the folder is new. */
async function make(dir: string, recursive: boolean): Promise<boolean> {
  try {
    await mkdir(dir, { recursive });
    return true;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST' && !recursive) return false;
    const hint = 'choose another place with --out DIR';
    throw new LowbitError('io', { what: 'the folder cannot be made', where: dir, received: message, hint }, { cause });
  }
}

async function removeIfEmpty(dir: string): Promise<void> {
  await rmdir(dir).catch(() => undefined);
}
