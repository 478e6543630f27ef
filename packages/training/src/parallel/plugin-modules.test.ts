import { API_VERSION, createRegistry, definePlugin } from '@lowbit/plugin-api';
import data from '@lowbit/data';
import { expect, it } from 'vitest';
import { testRegistry } from '../testing/kit.js';
import { importPlugin, pluginModules } from './plugin-modules.js';

it('plugins are imported from where the registry was told, else by the name of their package', async () => {
  const registry = testRegistry();
  const found = await Promise.all(pluginModules(registry).map(importPlugin));
  expect(found).toEqual(registry.plugins().map(({ plugin }) => plugin));
  expect(structuredClone(pluginModules(registry))).toEqual(pluginModules(registry));
});

it.each([
  [
    'without a package of its name',
    'my-own',
    undefined,
    /^workers cannot import plugin 'my-own': .*, in here; make it the default export of a module, and say which: registry\.add\(/,
  ],
  [
    'that only bears the name of a package',
    data.name,
    undefined,
    /: '@lowbit\/data' brings something else, in here; make it/,
  ],
  [
    'named as a package that is no plugin',
    'zod',
    undefined,
    /^workers cannot import plugin 'zod': .*zod.*, in here; make it/,
  ],
  [
    'whose module is not there',
    'my-own',
    './missing.js',
    /^workers cannot import plugin 'my-own': .*missing\.js.*; the module that the registry was told/,
  ],
])('a plugin %s is an error', async (_what, name, module, message) => {
  const own = createRegistry().add(definePlugin({ name, apiVersion: API_VERSION }), 'here', module);
  await expect(Promise.all(pluginModules(own).map(importPlugin))).rejects.toMatchObject({
    code: 'plugin',
    message: expect.stringMatching(message) as string,
  });
});
