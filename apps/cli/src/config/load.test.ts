import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf } from '../testing/lowbit.js';
import { findDefaultConfig, loadConfig } from './load.js';

const experiment = { data: { dataset: 'digits' }, epochs: 2 };
const folder = folderOf({
  'a.json': { $schema: 'x.json', ...experiment },
  'a.yaml': 'data:\n  dataset: digits\nepochs: 2 # two\n',
  'a.js': `export default ${JSON.stringify(experiment)};`,
  'a.mjs': `export default async () => (${JSON.stringify(experiment)});`,
  'a.ts': `import { two } from './two.js';\nexport default { data: { dataset: 'digits' as string }, epochs: two };`,
  'two.ts': 'export const two: number = 2;',
  'broken.json': '{ "data": ',
  'broken.ts': 'export default {',
  'throws.js': 'throw new Error("no luck");',
  'list.json': '[1]',
  'a.txt': '',
  '.lowbitrc': 'epochs=99',
  'package.json': { type: 'module', lowbit: { epochs: 98 } },
});

describe('loadConfig', () => {
  it.each(['a.json', 'a.yaml', 'a.js', 'a.mjs', 'a.ts'])('reads %s as it stands', async (name) => {
    const { file, name: short, config } = await loadConfig(path.join(folder, name));
    expect(config).toMatchObject(experiment);
    expect([file, short]).toEqual([path.join(folder, name), 'a']);
  });

  it.each([
    ['none.json', 'no such config'],
    ['a.txt', 'not a config'],
    ['list.json', 'a config holds one object'],
    ['broken.json', 'the config cannot be read: '],
    ['broken.ts', 'the config cannot be read: '],
    ['throws.js', 'the config cannot be read: no luck'],
  ])('refuses %s in one line', async (name, message) => {
    const error = await loadConfig(path.join(folder, name)).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'LowbitError', code: 'config' });
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).toContain(name);
    expect((error as Error).message).not.toContain('\n');
  });

  it('finds the lowbit.config.* of a folder and names it after the folder', async () => {
    const place = folderOf({ 'lowbit.config.yaml': 'epochs: 3' });
    expect(findDefaultConfig(place)).toBe(path.join(place, 'lowbit.config.yaml'));
    expect(await loadConfig(undefined, place)).toMatchObject({ name: path.basename(place), config: { epochs: 3 } });
    expect(findDefaultConfig(folder)).toBeUndefined();
    await expect(loadConfig(undefined, folder)).rejects.toMatchObject({ code: 'usage' });
  });
});
