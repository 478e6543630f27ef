import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, workspace } from '../testing.js';
import packageGenerator from './generator.js';

const OPTIONS = { name: 'my-package', floor: 1, description: 'Adds numbers' };

it('makes a package as the others are', async () => {
  const tree = workspace();
  await packageGenerator(tree, OPTIONS);
  const made = JSON.parse(tree.read('packages/my-package/package.json', 'utf8'));
  const other = JSON.parse(readFileSync(path.join(ROOT, 'packages/schedules/package.json'), 'utf8'));
  expect({ ...made, name: 0, description: 0, dependencies: 0 }).toEqual({
    ...other,
    name: 0,
    description: 0,
    dependencies: 0,
  });
  expect(made).toMatchObject({ name: '@lowbit/my-package', description: 'Adds numbers.', nx: { tags: ['floor:1'] } });
  for (const file of ['tsconfig.json', 'tsup.config.ts', 'LICENSE', 'src/readme.test.ts']) {
    const expected = readFileSync(path.join(ROOT, 'packages/schedules', file), 'utf8');
    expect(tree.read(`packages/my-package/${file}`, 'utf8'), file).toBe(expected);
  }
  expect(tree.children('packages/my-package/src').sort()).toEqual([
    'index.ts',
    'my-package.test.ts',
    'my-package.ts',
    'readme.test.ts',
  ]);
  expect(tree.read('.changeset/my-package.md', 'utf8')).toBe(
    "---\n'@lowbit/my-package': minor\n---\n\n`@lowbit/my-package`: Adds numbers.\n",
  );
});

it('changes nothing else in the lock file', async () => {
  const tree = workspace();
  const before = JSON.parse(tree.read('package-lock.json', 'utf8'));
  await packageGenerator(tree, OPTIONS);
  const { packages, ...rest } = JSON.parse(tree.read('package-lock.json', 'utf8'));
  expect(packages['node_modules/@lowbit/my-package']).toEqual({ resolved: 'packages/my-package', link: true });
  const added = Object.keys(packages).filter((key) => !(key in before.packages));
  expect(added).toEqual(['node_modules/@lowbit/my-package', 'packages/my-package']);
  const others = Object.fromEntries(Object.entries(packages).filter(([key]) => !added.includes(key)));
  expect({ ...rest, packages: others }).toEqual(before);
  expect(Object.keys(others)).toEqual(Object.keys(before.packages));
});

it('refuses a name that is taken', async () => {
  const tree = workspace();
  await packageGenerator(tree, OPTIONS);
  await expect(packageGenerator(tree, OPTIONS)).rejects.toThrow('there is something in packages/my-package already');
});
