import { setBackend } from '@tensorflow/tfjs-core';
import { randomFor } from '@lowbit/data';
import { spawn } from 'node:child_process';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { filesBelow, loggedEvents, repeatable, temporaryFolder } from '../testing/folder.js';
import { collect, killedExperiment, testRegistry } from '../testing/kit.js';
import { trainRun } from './train-run.js';

const KILLS = 10;
const target = path.join(import.meta.dirname, '..', 'testing', 'kill-target.ts');

/** Trains in another process; with `kill`, ends it so many milliseconds after it has told of so many events. */
async function trainElsewhere(
  dir: string,
  kill?: { events: number; milliseconds: number },
): Promise<NodeJS.Signals | number> {
  const child = spawn(process.execPath, ['--conditions=@lowbit/source', '--import', 'tsx', target, dir], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let events = 0;
  for await (const _event of createInterface(child.stdout)) {
    if (++events !== kill?.events) continue;
    await sleep(kill.milliseconds);
    child.kill('SIGKILL');
  }
  const [code, signal] = await ended;
  return signal ?? code!;
}

it(`a run that is killed ${KILLS} times ends with the bytes of one that is not`, { timeout: 300_000 }, async () => {
  await setBackend('cpu');
  const [killed, whole] = [temporaryFolder(), temporaryFolder()];
  const random = randomFor(20, 'kills');
  for (let kill = 0; kill < KILLS; kill++) {
    const moment = { events: uniformInt(random, 2, 20), milliseconds: uniformInt(random, 0, 20) };
    expect(await trainElsewhere(killed, moment)).toBe('SIGKILL');
  }
  expect(await trainElsewhere(killed)).toBe(0);
  await collect(trainRun(killedExperiment, { dir: whole, registry: testRegistry() }));
  expect(repeatable(killed)).toEqual(repeatable(whole));
  expect(filesBelow(killed)).toEqual(filesBelow(whole));
  // of the sessions those stand in the log that were not cut off with what came after their first checkpoint
  expect(loggedEvents(killed).filter(({ resumed }) => resumed).length).toBeGreaterThan(KILLS / 2);
});
