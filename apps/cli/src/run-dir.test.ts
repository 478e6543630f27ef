import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimRunDir, openRunDir } from './run-dir.js';
import { folderOf } from './testing/lowbit.js';

describe('claimRunDir', () => {
  it('never gives the same folder twice, also at the same time', async () => {
    const runs = path.join(folderOf(), 'some', 'runs');
    const dirs = (await Promise.all([1, 2, 3].map(() => claimRunDir('a', runs)))).map(({ dir }) => path.basename(dir));
    expect(dirs.sort()).toEqual(['a', 'a-2', 'a-3']);
  });

  it('removes the folder again when it stayed empty', async () => {
    const runs = folderOf();
    const [empty, used] = [await claimRunDir('a', runs), await claimRunDir('a', runs)];
    writeFileSync(path.join(used.dir, 'x'), '');
    await empty.release();
    await used.release();
    expect([existsSync(empty.dir), existsSync(used.dir)]).toEqual([false, true]);
  });
});

describe('openRunDir', () => {
  it('keeps a folder that was there', async () => {
    const dir = path.join(folderOf(), 'mine');
    mkdirSync(dir);
    await (await openRunDir(dir)).release();
    expect(existsSync(dir)).toBe(true);
    const made = await openRunDir(path.join(dir, 'new'));
    expect(existsSync(made.dir)).toBe(true);
    await made.release();
    expect(existsSync(made.dir)).toBe(false);
  });

  it('fails in one line where there can be no folder', async () => {
    const folder = folderOf({ file: '' });
    await expect(openRunDir(path.join(folder, 'file', 'run'))).rejects.toMatchObject({
      name: 'LowbitError',
      code: 'io',
    });
  });

  it.runIf(process.platform === 'linux')('gives up where the file system has no place for folders', async () => {
    await expect(openRunDir('/proc/no/run')).rejects.toThrow('the folder cannot be made, in /proc/no/run');
  });
});
