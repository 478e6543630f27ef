import { describe, expect, it } from 'vitest';
import { folderOf, lowbit, onlyJson } from '../testing/lowbit.js';

describe('lowbit plugins', () => {
  it('lists what is built in and what the config here names', async () => {
    const cwd = folderOf({
      'lowbit.config.json': { plugins: ['./mine.mjs'] },
      'mine.mjs': "export default { name: 'mine', apiVersion: 1, schedules: { one: () => () => 1 } };",
    });
    const ended = await lowbit(['plugins', '--json'], cwd);
    const { plugins } = onlyJson(ended) as { plugins: { name: string }[] };
    expect(plugins).toHaveLength(7);
    expect(plugins).toContainEqual({
      name: '@lowbit/quant-core',
      source: '@lowbit/quant-core',
      brings: { quantizers: expect.arrayContaining(['dorefa']) },
    });
    expect(plugins.at(-1)).toEqual({ name: 'mine', source: 'mine.mjs', brings: { schedules: ['one'] } });
    expect(ended.stderr).toMatch(/^mine +mine\.mjs +schedules +one$/m);
  });
});
