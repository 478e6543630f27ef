import { LowbitError } from '@lowbit/plugin-api';
import { readFileSync } from 'node:fs';
import { mkdir, open, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { explained } from './files.js';

const NAME = 'run.lock';

/** A holder on another host is taken for dead when it has not touched its lock for so many milliseconds. */
const SILENCE = 60_000;

const heldHere = new Set<string>();

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Keeps other processes from writing into the same run folder; makes the folder when it is not there. The lock of a process
 * that was killed is taken over.
 *
 * @returns gives the folder free again
 * @throws LowbitError ('usage') somebody else is at it; ('io') what the file system refuses
 */
export async function lockRun(dir: string): Promise<() => Promise<void>> {
  const file = path.resolve(dir, NAME);
  await explained(file, () => mkdir(path.dirname(file), { recursive: true }));
  if (heldHere.has(file) || !(await write(file))) {
    const holder = await livingHolder(file);
    if (holder) {
      const hint = 'wait for it, or choose another folder';
      const received = `process ${holder.pid} on ${holder.host}`;
      throw new LowbitError('usage', { what: 'another process trains in this folder', where: dir, received, hint });
    }
    await rm(file, { force: true });
    if (!(await write(file))) return lockRun(dir);
  }
  heldHere.add(file);
  const touch = setInterval(
    () => void utimes(file, new Date(), new Date()).catch(() => undefined),
    SILENCE / 4,
  ).unref();
  return async () => {
    clearInterval(touch);
    heldHere.delete(file);
    await rm(file, { force: true });
  };
}

/** Whether the file was not there and now is. */
async function write(file: string): Promise<boolean> {
  return explained(file, async () => {
    try {
      const handle = await open(file, 'wx');
      try {
        await handle.writeFile(JSON.stringify({ pid: process.pid, host: os.hostname() } satisfies Holder));
      } finally {
        await handle.close();
      }
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      await rm(file, { force: true });
      throw error;
    }
  });
}

async function livingHolder(file: string): Promise<Holder | undefined> {
  if (heldHere.has(file)) return { pid: process.pid, host: os.hostname() };
  const holder = read(file);
  if (!holder) return undefined;
  if (holder.host === os.hostname()) return holder.pid !== process.pid && isAlive(holder.pid) ? holder : undefined;
  const touched = await stat(file).catch(() => undefined);
  return touched && Date.now() - touched.mtimeMs < SILENCE ? holder : undefined;
}

/** Of a lock that was torn by a kill there is no holder. */
function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
