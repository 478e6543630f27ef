import { formatFiles, generateFiles, readJson } from '@nx/devkit';
import path from 'node:path';
import { camelCase, checkFree, checkName } from '../names.js';

/**
 * Makes a plugin with one quantizer: a package outside of the workspace, as its author will publish it. It type-checks as it is; its
 * test, which runs the contract of `@lowbit/plugin-kit`, says what is still to be written.
 *
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ name: string, directory?: string }} options
 */
export default async function quantizerGenerator(tree, { name, directory = `examples/quantizer-${name}` }) {
  checkName(name, 'quantizer');
  checkFree(tree, directory);
  const { devDependencies } = readJson(tree, 'package.json');
  const { typescript, vitest } = devDependencies;
  const substitutions = { name, camel: camelCase(name), typescript, vitest, tmpl: '' };
  generateFiles(tree, path.join(import.meta.dirname, 'files'), directory, substitutions);
  tree.write(path.join(directory, 'LICENSE'), tree.read('LICENSE'));
  await formatFiles(tree);
  return () => {
    console.log(`
${directory} is a plugin to be finished: \`npm install && npm test\` there says what is still to be written. A config names it:
  { "plugins": ["lowbit-quantizer-${name}"], "model": { …, "weights": { "quantizer": "${name}", "bits": 2 } } }`);
  };
}
