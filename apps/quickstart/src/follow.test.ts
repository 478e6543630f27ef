import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { advance, BEFORE, EventFollower, type RunEvent } from './follow.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lowbit-follow-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const step = (n: number) => ({ type: 'step', step: n, epoch: 0, stage: 0, time: n });
const line = (n: number) => `${JSON.stringify(step(n))}\n`;

describe('EventFollower', () => {
  it('reads whole lines as they are appended, each once', async () => {
    const file = path.join(folder, 'events.jsonl');
    const events = new EventFollower(file);
    expect(await events.next()).toEqual([]);
    writeFileSync(file, line(1) + line(2) + line(3).slice(0, 9));
    expect(await events.next()).toEqual([step(1), step(2)]);
    expect(await events.next()).toEqual([]);
    appendFileSync(file, line(3).slice(9) + line(4));
    expect(await events.next()).toEqual([step(3), step(4)]);
  });

  it('begins again when the log was cut', async () => {
    const file = path.join(folder, 'cut.jsonl');
    writeFileSync(file, line(1) + line(2));
    const events = new EventFollower(file);
    await events.next();
    writeFileSync(file, line(1));
    expect(await events.next()).toEqual([step(1)]);
  });

  it('begins again when the log was cut and has grown since', async () => {
    const file = path.join(folder, 'regrown.jsonl');
    writeFileSync(file, line(1) + line(2));
    const events = new EventFollower(file);
    await events.next();
    writeFileSync(file, line(1) + line(1000) + line(1001));
    expect(await events.next()).toEqual([]);
    expect(await events.next()).toEqual([step(1), step(1000), step(1001)]);
  });

  it('keeps letters of several bytes whole', async () => {
    const file = path.join(folder, 'utf8.jsonl');
    const events = new EventFollower(file);
    const bytes = Buffer.from(`${JSON.stringify({ ...step(1), name: 'Stufe – 1' })}\n`);
    writeFileSync(file, bytes.subarray(0, bytes.indexOf('–') + 1));
    expect(await events.next()).toEqual([]);
    appendFileSync(file, bytes.subarray(bytes.indexOf('–') + 1));
    expect((await events.next())[0]!.name).toBe('Stufe – 1');
  });
});

describe('advance', () => {
  const log: RunEvent[] = [
    { type: 'start', step: 0, epoch: 0, stage: 0, time: 10_000, steps: 40, epochs: 4 },
    { type: 'stage', step: 0, epoch: 0, stage: 0, time: 10_000, name: 'float activations' },
    { type: 'step', step: 10, epoch: 0, stage: 0, time: 12_000 },
    { type: 'epoch', step: 10, epoch: 1, stage: 0, time: 12_500, metrics: { testAccuracy: 0.75 } },
  ];

  it('knows how far the run is and how long it takes', () => {
    expect(log.reduce(advance, BEFORE)).toMatchObject({
      step: 10,
      steps: 40,
      epoch: 1,
      epochs: 4,
      stage: 'float activations',
      testAccuracy: 0.75,
      secondsLeft: 7.5,
    });
  });

  it('counts the pace of a resumed run from where it was resumed', () => {
    const resumed: RunEvent[] = [
      ...log,
      { type: 'start', step: 10, epoch: 1, stage: 0, time: 90_000, steps: 40, epochs: 4 },
      { type: 'step', step: 20, epoch: 1, stage: 0, time: 91_000 },
    ];
    expect(resumed.reduce(advance, BEFORE).secondsLeft).toBe(2);
  });
});
