import { readWeights } from '@lowbit/training';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf, lowbit, onlyJson, start, TINY } from '../testing/lowbit.js';

function json(...place: string[]): Record<string, unknown> {
  return JSON.parse(readFileSync(path.join(...place), 'utf8')) as Record<string, unknown>;
}

describe('lowbit train', () => {
  it('trains a config into a folder of its own and prints one JSON object', async () => {
    const cwd = folderOf({ 'tiny.json': TINY });
    const args = [
      'train',
      'tiny.json',
      '--json',
      '--set',
      'data.limit=40',
      '--set',
      'model.weights=float',
      '--seed',
      '5',
    ];
    const first = await lowbit(args, cwd);
    expect(first).toMatchObject({ code: 0, signal: null });
    expect(first.stderr).toContain('epoch 1/1');
    const printed = onlyJson(first);
    expect(printed.run).toBe(path.join('runs', 'tiny-5'));
    const { run: _run, ...summary } = printed;
    expect(summary).toEqual(json(cwd, 'runs/tiny-5/summary.json'));
    const record = json(cwd, 'runs/tiny-5/experiment.json');
    expect(record).toMatchObject({ seed: 5, backend: 'cpu', data: { limit: 40 }, model: { weights: 'float' } });
    expect(record.versions).toMatchObject({ node: process.version });
    expect(record).toHaveProperty('commit');
    // a second run of the same name stands beside the first and repeats it
    const again = onlyJson(await lowbit(args, cwd));
    expect(again.run).toBe(path.join('runs', 'tiny-5-2'));
    expect(again).toMatchObject({ metrics: printed.metrics, size: printed.size });
  });

  it('does not write over the run in --out', async () => {
    const cwd = folderOf({ 'lowbit.config.json': { ...TINY, data: { dataset: 'digits', limit: 20, testLimit: 10 } } });
    expect((await lowbit(['train', '--out', 'here'], cwd)).code).toBe(0);
    const { code, stdout, stderr } = await lowbit(['train', '--out', 'here'], cwd);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: there is a run in this folder already, in here; /m);
  });

  it('writes a checkpoint when interrupted and goes on to the same bytes', async () => {
    const cwd = folderOf({ 'tiny.json': { ...TINY, epochs: 4 } });
    const whole = lowbit(['train', 'tiny.json', '--out', 'whole'], cwd);
    const running = start(['train', 'tiny.json', '--out', 'cut', '--json'], cwd);
    await running.says('epoch 1/4');
    running.kill('SIGINT');
    const cut = await running.ended;
    expect(cut).toMatchObject({ code: 130, signal: null });
    expect(cut.stderr).toContain('lowbit train --resume cut');
    expect(onlyJson(cut)).toMatchObject({ run: 'cut', interrupted: true, resume: 'lowbit train --resume cut' });
    const resumed = await lowbit(['train', '--resume', 'cut', '--json'], cwd);
    expect(resumed.code).toBe(0);
    expect((await whole).code).toBe(0);
    expect(onlyJson(resumed).metrics).toEqual(json(cwd, 'whole/summary.json').metrics);
    const weights = (run: string) => readFileSync(path.join(cwd, run, 'checkpoints/last/model.safetensors'));
    expect(weights('cut').equals(weights('whole'))).toBe(true);
  });

  it("begins with another run's weights, which a path beside the config names", async () => {
    const float = { ...TINY, model: { ...TINY.model, weights: 'float', activations: 'relu' } };
    const lsq = { quantizer: 'lsq', bits: 4 };
    const standing = { schedule: { schedule: 'constant', rate: 1e-12 }, weightDecay: 0, initialWeights: '../float' };
    const fewBits = { ...TINY, ...standing, model: { ...TINY.model, weights: lsq, activations: lsq } };
    const cwd = folderOf({ 'float.json': float, 'configs/few-bits.json': fewBits });
    await lowbit(['train', 'float.json', '--out', 'float'], cwd);
    const args = ['train', 'configs/few-bits.json', '--out', 'runs/few-bits', '--json'];
    const tuned = onlyJson(await lowbit(args, cwd));
    const kernel = async (run: string) => (await readWeights(path.join(cwd, run)))['classifier/dense/kernel']?.data;
    expect(await kernel('runs/few-bits')).toEqual(await kernel('float'));
    expect(json(cwd, 'runs/few-bits/experiment.json')).toMatchObject({ initialWeights: '../../float' });
    // from what a run folder has, as after a kill before its first checkpoint
    rmSync(path.join(cwd, 'runs/few-bits/checkpoints'), { recursive: true });
    rmSync(path.join(cwd, 'runs/few-bits/summary.json'));
    expect(onlyJson(await lowbit(['train', '--resume', 'runs/few-bits', '--json'], cwd)).metrics).toEqual(
      tuned.metrics,
    );
    const absent = await lowbit(['train', 'configs/few-bits.json', '--set', 'initialWeights=../none'], cwd);
    expect([absent.code, absent.stdout]).toEqual([1, '']);
    expect(absent.stderr).toMatch(/^error: there are no weights here, in .*none; name a run folder/m);
  });

  it('shares the batches between workers, which load the plugins too', { timeout: 120_000 }, async () => {
    const plugin = `export default { name: 'mine', apiVersion: 1, models: { mine: (options, context) =>
      context.registry.make('models', { model: 'l-sspq-digits', widths: [4], blocks: [2] }, context) } };`;
    const tiny = { ...TINY, plugins: ['./mine.mjs'], model: { model: 'mine' }, epochs: 4 };
    const cwd = folderOf({ 'tiny.json': tiny, 'mine.mjs': plugin });
    const args = ['train', 'tiny.json', '--workers', '2', '--out'];
    const whole = onlyJson(await lowbit([...args, 'whole', '--json'], cwd));
    const running = start([...args, 'cut'], cwd);
    await running.says('epoch 1/4');
    running.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    const resumed = onlyJson(await lowbit(['train', '--resume', 'cut', '--json'], cwd));
    expect(resumed).toMatchObject({ metrics: whole.metrics, workers: 2 });
  });

  it('goes on after SIGKILL too', async () => {
    const cwd = folderOf({ 'tiny.json': { ...TINY, epochs: 4 } });
    const running = start(['train', 'tiny.json', '--out', 'cut'], cwd);
    await running.says('epoch 2/4');
    running.kill('SIGKILL');
    expect((await running.ended).signal).toBe('SIGKILL');
    const resumed = onlyJson(await lowbit(['train', 'tiny.json', '--resume', 'cut', '--json'], cwd));
    expect(resumed.epochs).toBe(4);
  });

  it('ends at once at the second signal, which is no orderly interruption', async () => {
    const cwd = folderOf({ 'tiny.json': { ...TINY, data: { dataset: 'digits' }, epochs: 50, batchSize: 3000 } });
    const running = start(['train', 'tiny.json', '--out', 'cut'], cwd);
    await running.says('run folder');
    running.kill('SIGTERM');
    await running.says('once more to end at once');
    running.kill('SIGTERM');
    expect((await running.ended).code).toBe(1);
  });

  it.each([
    ['an unknown key', ['--set', 'modle.model=x'], 2, /^error: unknown key 'modle', in experiment/],
    ['an unknown name', ['--set', 'model.model=l-sspq-digit'], 2, /unknown model 'l-sspq-digit'.*'l-sspq-digits'/],
    ['too many workers', ['--workers', '21'], 2, /^error: a batch of 20 cannot be shared between more workers/m],
    ['an unknown backend', ['--backend', 'wsam'], 2, /^error: unknown backend 'wsam'; did you mean 'wasm'/m],
    [
      'data that is not there',
      ['--set', 'data={"dataset":"mnist"}'],
      1,
      /^error: data file missing.*lowbit data fetch mnist/m,
    ],
    ['--out with --resume', ['--out', 'x', '--resume', 'y'], 2, /^error: --out cannot be used with --resume/],
  ])('%s is one line and leaves nothing behind', async (_what, args, code, message) => {
    const cwd = folderOf({ 'tiny.json': TINY });
    const ended = await lowbit(['train', 'tiny.json', ...args], cwd, { LOWBIT_DATA: cwd });
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr.split('\n').filter((line) => line.startsWith('error:'))).toHaveLength(1);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toContain('    at ');
    expect(readdirSync(cwd)).toEqual(['tiny.json']);
  });

  it('begins the run that is not there yet only when it has a config', async () => {
    const cwd = folderOf({ 'tiny.json': TINY });
    const without = await lowbit(['train', '--resume', 'cut'], cwd);
    expect(without.code).toBe(2);
    expect(without.stderr).toMatch(/^error: there is no run here, in cut/m);
    expect((await lowbit(['train', 'tiny.json', '--resume', 'cut'], cwd)).code).toBe(0);
  });

  it('goes on with the backend that the run had, and warns when told another', async () => {
    const tiny = { ...TINY, schedule: { schedule: 'constant', rate: 0.1 } };
    const cwd = folderOf({ 'tiny.json': tiny, 'auto.json': { ...tiny, backend: 'auto', epochs: 2 } });
    expect((await lowbit(['train', 'tiny.json', '--out', 'here'], cwd)).code).toBe(0);
    const same = await lowbit(['train', 'auto.json', '--resume', 'here'], cwd);
    expect([same.code, json(cwd, 'here/experiment.json').backend]).toEqual([0, 'cpu']);
    expect(same.stderr).not.toContain('the run began');
    const other = await lowbit(['train', '--resume', 'here', '--backend', 'wasm', '--set', 'stages.0.epochs=3'], cwd);
    expect([other.code, json(cwd, 'here/experiment.json').backend]).toEqual([0, 'wasm']);
    expect(other.stderr).toContain('the run began on cpu');
    const set = await lowbit(['train', '--resume', 'here', '--set', 'backend=cpu'], cwd);
    expect([set.code, json(cwd, 'here/experiment.json').backend]).toEqual([0, 'cpu']);
  });

  it('trains the experiment.json of a run anew, to the same figures', async () => {
    const cwd = folderOf({ 'tiny.json': TINY });
    const first = onlyJson(await lowbit(['train', 'tiny.json', '--out', 'one', '--json'], cwd));
    const again = onlyJson(await lowbit(['train', 'one/experiment.json', '--out', 'two', '--json'], cwd));
    expect(again.metrics).toEqual(first.metrics);
  });

  it('lets no second process into the folder of a run', async () => {
    const cwd = folderOf({ 'tiny.json': { ...TINY, epochs: 50 } });
    const running = start(['train', 'tiny.json', '--out', 'here'], cwd);
    await running.says('epoch 1/50');
    const second = await lowbit(['train', '--resume', 'here'], cwd);
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/^error: another process trains in this folder, in here, received 'process \d+ on /m);
    running.kill('SIGKILL');
    await running.ended;
  });
});
