import { API_VERSION, createRegistry, definePlugin } from '@lowbit/plugin-api';
import data from '@lowbit/data';
import { expect, it } from 'vitest';
import { testRegistry } from '../testing/kit.js';
import { pluginModules } from './plugin-modules.js';

it('plugins are found where the registry was told, else by the name of their package', async () => {
  expect(await pluginModules(testRegistry())).toEqual([
    '@lowbit/data',
    '@lowbit/schedules',
    '@lowbit/quant-core',
    '@lowbit/training',
    new URL('../testing/models.ts', import.meta.url).href,
  ]);
  const copy = { ...data, datasets: { ...data.datasets } };
  expect(await pluginModules(createRegistry([copy]))).toEqual(['@lowbit/data']);
});

it.each([
  ['without a package of its name', 'my-own'],
  ['that only bears the name of a package', '@lowbit/data'],
  ['named as a package that is no plugin', 'zod'],
])('a plugin %s is an error', async (_what, name) => {
  const own = createRegistry([definePlugin({ name, apiVersion: API_VERSION })]);
  await expect(pluginModules(own)).rejects.toThrow(`workers cannot import plugin '${name}', in ${name}; make it`);
});
