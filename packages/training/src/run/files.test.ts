import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { filesBelow, loggedEvents, repeatable, temporaryFolder } from '../testing/folder.js';
import { collect, testRegistry, tinyExperiment } from '../testing/kit.js';
import { RecordFile, writeAtomically } from './files.js';
import { readRunCheckpoint } from './load-run.js';
import { trainRun } from './train-run.js';

describe('writeAtomically', () => {
  it('makes the folder, replaces the file, leaves nothing beside it', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'a', 'b', 'c.txt');
    await writeAtomically(file, 'one');
    await writeAtomically(file, 'two');
    expect(readFileSync(file, 'utf8')).toBe('two');
    expect(filesBelow(folder)).toEqual([path.join('a', 'b', 'c.txt')]);
  });

  it('says what the file system refused', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'file'), '');
    const inside = path.join(folder, 'file', 'inside');
    await expect(writeAtomically(inside, 'x')).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining(`a file cannot be read or written, in ${inside}`) as string,
    });
  });
});

it('RecordFile goes on at the size that it is given', async () => {
  const file = path.join(temporaryFolder(), 'log');
  writeFileSync(file, 'one\n');
  await new RecordFile(file, 4).append(Buffer.from('two\n'), true);
  expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
});

/** A small file system in memory, or why there is none. */
function smallDisk(kibibytes: number): { disk: string; grow: () => void } | string {
  const disk = path.join(temporaryFolder(), 'disk');
  mkdirSync(disk);
  const mount = (options: string) => spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
  const { status, stderr } = mount(`size=${kibibytes}k`);
  if (status !== 0) return `no tmpfs can be mounted here: ${stderr?.toString().trim() ?? 'no command mount'}`;
  onTestFinished(() => void spawnSync('umount', [disk]));
  return { disk, grow: () => mount('remount,size=16m') };
}

describe('a full disk', () => {
  // each size is exhausted by another of the run folder's files
  it.for([4, 8, 16, 24, 32, 40, 48, 56])(
    'of %d KiB: one clear error, nothing half-written, and the run goes on once there is space',
    async (size, { skip }) => {
      const small = smallDisk(size);
      if (typeof small === 'string') return skip(small);
      await setBackend('cpu');
      const dir = path.join(small.disk, 'run');
      const registry = testRegistry();
      const experiment = { ...tinyExperiment, checkpointEverySteps: 2 };
      await expect(collect(trainRun(experiment, { dir, registry }))).rejects.toMatchObject({
        code: 'io',
        message: expect.stringMatching(/the disk is full: free some space, then resume the run$/) as string,
      });
      const files = filesBelow(small.disk);
      expect(files.filter((file) => file.endsWith('.tmp'))).toEqual([]);
      if (files.includes(path.join('run', 'events.jsonl'))) expect(() => loggedEvents(dir)).not.toThrow();
      await readRunCheckpoint(dir, 'last');
      await readRunCheckpoint(dir, 'best');
      small.grow();
      await collect(trainRun(experiment, { dir, registry, resume: true }));
      const whole = temporaryFolder();
      await collect(trainRun(experiment, { dir: whole, registry }));
      expect(repeatable(dir)).toEqual(repeatable(whole));
    },
  );
});
