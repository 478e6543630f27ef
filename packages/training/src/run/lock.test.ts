import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/folder.js';
import { lockRun } from './lock.js';

const lockOf = (dir: string): string => path.join(dir, 'run.lock');

/** A process that lives for a minute, unless it is killed. */
function living() {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  return { pid: child.pid!, kill: async () => (child.kill('SIGKILL'), once(child, 'exit')) };
}

describe('lockRun', () => {
  it('lets one in at a time', async () => {
    const dir = path.join(temporaryFolder(), 'new', 'run');
    const unlock = await lockRun(dir);
    await expect(lockRun(dir)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(`received 'process ${process.pid} on ${os.hostname()}'`) as string,
    });
    await unlock();
    expect(existsSync(lockOf(dir))).toBe(false);
    await (
      await lockRun(dir)
    )();
  });

  it('keeps out while another process lives, and takes over from one that was killed', async () => {
    const dir = temporaryFolder();
    const holder = living();
    writeFileSync(lockOf(dir), JSON.stringify({ pid: holder.pid, host: os.hostname() }));
    await expect(lockRun(dir)).rejects.toThrow(`process ${holder.pid}`);
    await holder.kill();
    await (
      await lockRun(dir)
    )();
  });

  it('takes over from another host that has been silent for a minute, and a lock that a kill tore', async () => {
    const dir = temporaryFolder();
    writeFileSync(lockOf(dir), JSON.stringify({ pid: 1, host: 'elsewhere' }));
    await expect(lockRun(dir)).rejects.toThrow('process 1 on elsewhere');
    const before = new Date(Date.now() - 61_000);
    utimesSync(lockOf(dir), before, before);
    await (
      await lockRun(dir)
    )();
    writeFileSync(lockOf(dir), '{"pid":');
    await (
      await lockRun(dir)
    )();
  });
});
