import { describe, expect, it } from 'vitest';
import { folderOf, lowbit, onlyJson, TINY } from '../testing/lowbit.js';

describe('lowbit plugins', { timeout: 240_000 }, () => {
  it('lists what is built in and what the config here names', async () => {
    const cwd = folderOf({
      'lowbit.config.json': { plugins: ['./mine.mjs'] },
      'mine.mjs': "export default { name: 'mine', apiVersion: 1, schedules: { one: () => () => 1 } };",
    });
    const ended = await lowbit(['plugins', '--json'], cwd);
    const { plugins } = onlyJson(ended) as { plugins: { name: string }[] };
    expect(plugins).toHaveLength(8);
    expect(plugins).toContainEqual({
      name: '@lowbit/quant-core',
      source: '@lowbit/quant-core',
      brings: { quantizers: expect.arrayContaining(['dorefa']) },
    });
    expect(plugins.at(-1)).toEqual({ name: 'mine', source: 'mine.mjs', brings: { schedules: ['one'] } });
    expect(ended.stderr).toMatch(/^mine +mine\.mjs +schedules +one$/m);
  });

  it.each([
    ['./none.mjs', /^error: plugin '\.\/none\.mjs' is not found, in \.; the path is relative to the config$/m],
    ['./throws.mjs', /^error: the plugin fails when imported: no luck, in plugin '\.\/throws\.mjs' \(throws\.mjs\)$/m],
    ['./newer.mjs', /^error: plugin 'newer' is of another API version, .*, received 9; this version of Lowbit speaks/m],
    ['./taken.mjs', /^error: quantizer 'lsq' is already taken by plugin '@lowbit\/quant-core', in plugin 'taken' /m],
  ])('a config with %s is one clear error, of this command and of train', async (plugin, message) => {
    const cwd = folderOf({
      'experiment.json': { ...TINY, plugins: [plugin] },
      'throws.mjs': "throw new Error('no luck');",
      'newer.mjs': "export default { name: 'newer', apiVersion: 9 };",
      'taken.mjs': "export default { name: 'taken', apiVersion: 1, quantizers: { lsq: () => ({}) } };",
    });
    for (const command of ['plugins', 'train']) {
      const { code, stdout, stderr } = await lowbit([command, 'experiment.json'], cwd);
      expect(stderr).toMatch(message);
      expect(stderr.match(/^error: /gm)).toHaveLength(1);
      expect([code, stdout]).toEqual([2, '']);
    }
  });
});
