import { createRegistry } from '@lowbit/plugin-api';
import { describe, expect, it } from 'vitest';
import plugin from './plugin.js';
import { temporaryFolder } from './testing/folder.js';
import { tinyMnist } from './testing/formats.js';

describe('the plugin', () => {
  const registry = createRegistry([plugin]);

  it('brings the data sets', () => {
    const names = registry.list('datasets').map(({ name }) => name);
    expect(names).toEqual(['cifar10', 'cifar100', 'digits', 'fashion-mnist', 'image-folder', 'mnist']);
  });

  it('makes what a config names', async () => {
    const { splits } = await registry.make('datasets', { dataset: 'digits', limit: 10 }, {});
    expect(splits.train.size).toBe(10);
  });

  it('passes the data folder on', async () => {
    const root = await temporaryFolder(tinyMnist());
    expect((await registry.make('datasets', 'mnist', { root })).splits.train.size).toBe(20);
  });

  it('refuses a misspelt option before anything is read', () => {
    const spec = { dataset: 'cifar10', limits: 10 };
    expect(() => registry.make('datasets', spec, {}, 'data')).toThrow(
      "unknown key 'limits', in data (dataset 'cifar10')",
    );
  });
});
