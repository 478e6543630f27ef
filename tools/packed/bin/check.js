#!/usr/bin/env node
// Packs every public package, installs the tarballs in a temporary folder as a stranger would, and loads each of them as ESM
// and as CommonJS; then trains with the installed `lowbit`, two workers. Needs a build.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const place = mkdtempSync(path.join(tmpdir(), 'lowbit-packed-'));
const run = (command, args, cwd = place) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const folders = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(path.join(root, folder)).map((name) => path.join(root, folder, name)),
  );
  const packages = folders
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) }))
    .filter((each) => !each.private);
  const tarballs = packages.map(
    ({ folder }) => JSON.parse(run('npm', ['pack', '--json', '--pack-destination', place], folder))[0].filename,
  );
  const tensorflow = ['core', 'layers', 'backend-cpu', 'backend-wasm'].map((name) => `@tensorflow/tfjs-${name}@4.22.0`);
  writeFileSync(path.join(place, 'package.json'), '{ "private": true, "type": "module" }');
  run('npm', [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    ...tarballs.map((name) => `./${name}`),
    ...tensorflow,
  ]);

  const libraries = packages.filter(({ exports }) => exports?.['.']).map(({ name }) => name);
  const list = JSON.stringify(libraries);
  const report = `const empty = all.filter(([, m]) => Object.keys(m).length === 0).map(([name]) => name);
    if (empty.length > 0) throw new Error('nothing exported: ' + empty);`;
  run('node', [
    '--input-type=module',
    '-e',
    `const all = []; for (const name of ${list}) all.push([name, await import(name)]); ${report}`,
  ]);
  run('node', ['--input-type=commonjs', '-e', `const all = ${list}.map((name) => [name, require(name)]); ${report}`]);
  const version = run(path.join(place, 'node_modules/.bin/lowbit'), ['--version']).trim();
  const experiment = {
    data: { dataset: 'digits', limit: 40, testLimit: 10 },
    model: { model: 'l-sspq-digits', widths: [4], blocks: [2] },
    epochs: 1,
    batchSize: 20,
    backend: 'wasm',
  };
  writeFileSync(path.join(place, 'experiment.json'), JSON.stringify(experiment));
  const args = ['train', 'experiment.json', '--workers', '2', '--json'];
  const { steps, workers } = JSON.parse(run(path.join(place, 'node_modules/.bin/lowbit'), args));
  if (steps !== 2 || workers !== 2) throw new Error(`trained ${steps} steps with ${workers} workers`);
  console.log(
    `${libraries.length} packages load as ESM and as CommonJS; the installed lowbit says ${version} and trains`,
  );
} finally {
  rmSync(place, { recursive: true, force: true });
}
