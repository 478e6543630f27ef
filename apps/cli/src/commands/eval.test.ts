import { describe, expect, it } from 'vitest';
import { folderOf, lowbit, onlyJson, TINY } from '../testing/lowbit.js';

describe('lowbit eval', () => {
  it('gives the figures of the run again, on any of its splits', async () => {
    const cwd = folderOf({ 'tiny.json': { ...TINY, data: { ...TINY.data, validation: 20 } } });
    const { metrics } = onlyJson(await lowbit(['train', 'tiny.json', '--out', 'run', '--json'], cwd)) as Record<
      string,
      never
    >;
    const { testLoss: loss, testAccuracy: accuracy, testTop5: top5 } = metrics;
    const evaluated = onlyJson(await lowbit(['eval', 'run', '--json'], cwd));
    expect(evaluated).toMatchObject({ run: 'run', split: 'test', examples: 30, epoch: 1, backend: 'cpu' });
    expect(evaluated.metrics).toEqual({ loss, accuracy, top5 });
    const args = ['eval', 'run', '--split', 'validation', '--checkpoint', 'best', '--json'];
    expect(onlyJson(await lowbit(args, cwd))).toMatchObject({ examples: 20, checkpoint: 'best' });
    const fewer = await lowbit(['eval', 'run', '--data', 'digits', '--set', 'data.testLimit=7', '--json'], cwd);
    expect(onlyJson(fewer)).toMatchObject({ examples: 7 });
    const elsewhere = await lowbit(['eval', 'run', '--set', 'seed=7'], cwd);
    expect(elsewhere).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: not one of the data/) as string,
    });
    const unknown = await lowbit(['eval', 'run', '--split', 'tset'], cwd);
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toMatch(/^error: no split of this name.*'tset'; it has train, test, validation$/m);
  });
});
