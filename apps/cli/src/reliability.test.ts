import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { folderOf, lowbit, start } from './testing/lowbit.js';

/** The quickstart's kind of run, on the backend that it takes: two stages, active shift, WASM. */
const EXPERIMENT = {
  data: { dataset: 'digits', limit: 200, testLimit: 50, augment: [{ augment: 'pad-crop', pad: 1 }] },
  model: {
    model: 'l-sspq-digits',
    widths: [8, 12],
    blocks: [1, 2],
    weights: { quantizer: 'dorefa', bits: 1 },
    activations: { quantizer: 'dorefa', bits: 4 },
  },
  stages: [
    { epochs: 3, precision: { activations: 'float' }, schedule: { schedule: 'cosine', base: 0.05 } },
    { epochs: 1 },
  ],
  optimizer: { optimizer: 'momentum', momentum: 0.9 },
  batchSize: 20,
  seed: 11,
  backend: 'wasm',
  checkpointEverySteps: 3,
};
const KILLS = 4;

/** What must repeat, as bytes. */
function repeatable(run: string): unknown[] {
  const read = (file: string): Buffer => readFileSync(path.join(run, file));
  const { metrics, size } = JSON.parse(read('summary.json').toString()) as Record<string, unknown>;
  const checkpoint = ['model.safetensors', 'state.json'].map((file) => read(`checkpoints/last/${file}`));
  return [JSON.stringify(metrics), JSON.stringify(size), ...checkpoint.map((bytes) => bytes.toString('base64'))];
}

describe('a few-bit net with active shifts on WASM', () => {
  it('gives the same bytes twice', async () => {
    const cwd = folderOf({ 'net.json': EXPERIMENT });
    const ends = await Promise.all(['one', 'two'].map((out) => lowbit(['train', 'net.json', '--out', out], cwd)));
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(repeatable(path.join(cwd, 'two'))).toEqual(repeatable(path.join(cwd, 'one')));
    const { simd } = JSON.parse(readFileSync(path.join(cwd, 'one/experiment.json'), 'utf8')) as { simd: string };
    expect(simd).toBe(Number(process.versions.node.split('.')[0]) >= 22 ? 'relaxed' : 'plain');
  });

  it(`killed ${KILLS} times and interrupted once, ends with the bytes of one that was not`, async () => {
    const cwd = folderOf({ 'net.json': EXPERIMENT });
    const args = ['train', 'net.json', '--resume', 'cut'];
    const whole = lowbit(['train', 'net.json', '--out', 'whole'], cwd);
    for (let kill = 0; kill < KILLS; kill++) {
      const running = start(args, cwd);
      await running.says('run folder');
      await sleep(Math.random() * 500);
      running.kill('SIGKILL');
      expect((await running.ended).signal).toBe('SIGKILL');
    }
    const running = start(args, cwd);
    await running.says('run folder');
    running.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect((await lowbit(args, cwd)).code).toBe(0);
    expect((await whole).code).toBe(0);
    expect(repeatable(path.join(cwd, 'cut'))).toEqual(repeatable(path.join(cwd, 'whole')));
  });
});
