import { useRegistry } from '@lowbit/quant-core';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRegistry } from './registry.js';
import { folderOf } from './testing/lowbit.js';

const plugin = (name: string, kinds = '') => `export default { name: '${name}', apiVersion: 1, ${kinds} };`;
const constant = "schedules: { 'always-one': () => () => 1 }";

const folder = folderOf({
  'package.json': { type: 'module' },
  'good.js': plugin('good', constant),
  'typed.ts': `const name: string = 'typed';\nexport default { name, apiVersion: 1 };`,
  'taken.js': plugin('taken', 'quantizers: { dorefa: () => ({}) }'),
  'same.js': plugin('@lowbit/data'),
  'nothing.js': 'export const plugin = 1;',
  'older.js': "export default { name: 'older', apiVersion: 0 };",
  'throws.js': "throw new Error('no luck');",
});
const installed = path.join(folder, 'node_modules', 'lowbit-schedule-one');
mkdirSync(installed, { recursive: true });
writeFileSync(
  path.join(installed, 'package.json'),
  JSON.stringify({ type: 'module', exports: { import: './index.js' } }),
);
writeFileSync(path.join(installed, 'index.js'), plugin('lowbit-schedule-one', constant));

describe('loadRegistry', () => {
  it.each([
    ['./good.js', 'good', 'good.js'],
    ['lowbit-schedule-one', 'lowbit-schedule-one', 'index.js'],
    ['./typed.ts', 'typed', 'typed.ts'],
  ])('loads %s from beside the config', async (named, name, file) => {
    const found = (await loadRegistry([named], [folder])).plugins().at(-1)!;
    expect([found.plugin.name, path.basename(found.source)]).toEqual([name, file]);
  });

  it('looks into one folder after another', async () => {
    const registry = await loadRegistry(['lowbit-schedule-one'], [path.parse(folder).root, folder]);
    expect(registry.has('schedules', 'always-one')).toBe(true);
  });

  it('becomes the one that layers make their quantizers from', async () => {
    const registry = await loadRegistry();
    expect(useRegistry(registry)).toBe(registry);
  });

  it.each([
    [['./none.js'], /^plugin '\.\/none\.js' is not found, in .*; the path is relative to the config$/],
    [['lowbit-none'], /^plugin 'lowbit-none' is not found, in .*; npm install lowbit-none$/],
    [['./throws.js'], /^the plugin fails when imported: no luck, in plugin '\.\/throws\.js' \(.*throws\.js\)$/],
    [['./nothing.js'], /^no default export, in plugin '\.\/nothing\.js' .*; a plugin is a module with: export default/],
    [['./older.js'], /^plugin 'older' is of another API version, .*, received 0; /],
    [['./taken.js'], /^quantizer 'dorefa' is already taken by plugin '@lowbit\/quant-core', /],
    [['./same.js'], /^a plugin named '@lowbit\/data' is already loaded, /],
    [['./good.js', 'lowbit-schedule-one'], /^schedule 'always-one' is already taken by plugin 'good', /],
  ])('%s is one clear error', async (plugins, message) => {
    const error = await loadRegistry(plugins, [folder]).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'LowbitError', code: 'plugin', message: expect.stringMatching(message) });
  });
});
