import { cpSync } from 'node:fs';
import path from 'node:path';
import { install, ours, pack, ROOT, run, TENSORFLOW } from './place.js';

const NEEDS = ['plugin-api', 'wasm-host', 'webgpu-host', 'quant-core', 'plugin-kit'].map((name) => `@lowbit/${name}`);

/**
 * Does as the author of a plugin: takes `examples/quantizer-apot` out of the repository, installs the packed packages that it needs, runs
 * its tests, builds and packs it. The tarball's path.
 */
export function packExample(packages, place) {
  const folder = path.join(place, 'author');
  cpSync(path.join(ROOT, 'examples/quantizer-apot'), folder, {
    recursive: true,
    filter: (source) => !['node_modules', 'dist'].includes(path.basename(source)),
  });
  const tarballs = packages.filter(({ name }) => NEEDS.includes(name)).map(({ tarball }) => tarball);
  install(folder, ['--no-save', ...tarballs, ...TENSORFLOW, ours('vitest'), ours('typescript')]);
  console.log(run('npx', ['vitest', 'run', '--reporter=dot'], folder));
  run('npm', ['run', 'build'], folder);
  return pack(folder, place);
}
