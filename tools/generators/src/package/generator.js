import { formatFiles, generateFiles, updateJson } from '@nx/devkit';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { camelCase, checkFree, checkName } from '../names.js';

/**
 * Makes a package of this workspace with all that CI asks of one: sources and tests that run without a build, a README whose example is a
 * test, ESM and CommonJS with types, a place in the lock file and in the picture of the house, a changeset.
 *
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ name: string, floor: number, description: string }} options
 */
export default async function packageGenerator(tree, { name, floor, description }) {
  checkName(name, 'package');
  const folder = `packages/${name}`;
  checkFree(tree, folder);
  const sentence = `${description.replace(/\.$/, '')}.`;
  const substitutions = { name, floor, description: sentence, camel: camelCase(name), tmpl: '' };
  generateFiles(tree, path.join(import.meta.dirname, 'files'), folder, substitutions);
  tree.write(`${folder}/LICENSE`, tree.read('LICENSE'));
  tree.write(`.changeset/${name}.md`, `---\n'@lowbit/${name}': minor\n---\n\n\`@lowbit/${name}\`: ${sentence}\n`);
  if (tree.exists('package-lock.json')) updateJson(tree, 'package-lock.json', (lock) => withPackage(lock, name));
  await formatFiles(tree);
  return () => {
    execFileSync('node', ['tools/architecture/bin/draw.js'], { cwd: tree.root, stdio: 'inherit' });
    console.log(`
${folder} is a package. Left to you: \`npm ci\` links it, a row in README.md, and .changeset/${name}.md, which says to users what it is.`);
  };
}

/** The lock file with the package in it, where npm would put it. */
function withPackage(lock, name) {
  const link = [`node_modules/@lowbit/${name}`, { resolved: `packages/${name}`, link: true }];
  const own = [
    `packages/${name}`,
    {
      name: `@lowbit/${name}`,
      version: '0.0.0',
      license: 'Apache-2.0',
      dependencies: { '@lowbit/plugin-api': '^0.0.0' },
      engines: { node: '>=20.19' },
    },
  ];
  const entries = [link, own].reduce(inserted, Object.entries(lock.packages));
  return { ...lock, packages: Object.fromEntries(entries) };
}

/** Entries with one more, before the first of its folder that comes after it, else after the folder's last. */
function inserted(entries, entry) {
  const folderOf = ([key]) => key.slice(0, key.lastIndexOf('/'));
  const beside = entries.filter((each) => folderOf(each) === folderOf(entry));
  const next = beside.find(([key]) => key.localeCompare(entry[0], 'en') > 0);
  const at = next ? entries.indexOf(next) : entries.indexOf(beside.at(-1)) + 1;
  return entries.toSpliced(at, 0, entry);
}
