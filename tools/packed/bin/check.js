#!/usr/bin/env node
// Packs every public package, installs the tarballs in a temporary folder as a stranger would, and loads each of them as ESM
// and as CommonJS. The example of a plugin is tested and packed against them in a folder of its own, and installed beside them; then
// the installed `lowbit` trains with it, two workers, evaluates and inspects the
// run, and quantizes another. Needs a build.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packExample } from '../src/example.js';
import { install, ours, packAll, run, TENSORFLOW } from '../src/place.js';

const place = mkdtempSync(path.join(tmpdir(), 'lowbit-packed-'));
try {
  const packages = packAll(place);
  const example = packExample(packages, place);
  const user = path.join(place, 'user');
  install(user, [...packages.map(({ tarball }) => tarball), example, ...TENSORFLOW, ours('vitest')]);
  const libraries = packages.filter(({ exports }) => exports?.['.']);
  load(user, libraries);
  const lowbit = (...args) => run(path.join(user, 'node_modules/.bin/lowbit'), args, user);
  const json = (...args) => JSON.parse(lowbit(...args, '--json'));
  const pointwiseBits = (model) => {
    const { bits, parameters } = json('inspect', model).perKind.find(({ kind }) => kind === 'pointwise');
    return bits / parameters;
  };

  const experiment = {
    data: { dataset: 'digits', limit: 40, testLimit: 10 },
    model: { model: 'l-sspq-digits', widths: [4], blocks: [2], weights: { quantizer: 'apot', bits: 3 } },
    epochs: 1,
    batchSize: 20,
    backend: 'wasm',
    plugins: ['lowbit-quantizer-apot'],
  };
  writeFileSync(path.join(user, 'experiment.json'), JSON.stringify(experiment));
  const { plugins } = json('plugins', 'experiment.json');
  expect('the plugin that is loaded last', plugins.at(-1)?.brings.quantizers?.join(), 'apot');
  const { steps, workers, metrics } = json('train', 'experiment.json', '--workers', '2', '--out', 'run');
  expect('steps', steps, 2);
  expect('workers', workers, 2);
  expect('the accuracy of the run, evaluated', json('eval', 'run').metrics.accuracy, metrics.testAccuracy);
  expect('bits of a point-wise weight', pointwiseBits('run'), 3);
  // a float network, quantized afterwards
  const float = { ...experiment, model: { ...experiment.model, weights: 'float' } };
  writeFileSync(path.join(user, 'float.json'), JSON.stringify(float));
  json('train', 'float.json', '--out', 'float');
  const policy = JSON.stringify({ quantizer: 'apot', bits: 3 });
  json('quantize', 'float', '--policy', policy, '--examples', '20', '--output', 'quantized');
  expect('bits of a point-wise weight, quantized afterwards', pointwiseBits('quantized'), 3);

  const version = lowbit('--version').trim();
  console.log(
    `${libraries.length} packages load; the installed lowbit says ${version}, and trains with the example of a plugin`,
  );
} finally {
  rmSync(place, { recursive: true, force: true });
}

/** Loads each as ESM and, where it says that it can, as CommonJS. */
function load(cwd, all) {
  const report = `const empty = all.filter(([, m]) => Object.keys(m).length === 0).map(([name]) => name);
    if (empty.length > 0) throw new Error('nothing exported: ' + empty);`;
  const names = JSON.stringify(all.map(({ name }) => name));
  const script = `const all = []; for (const name of ${names}) all.push([name, await import(name)]); ${report}`;
  run('node', ['--input-type=module', '-e', script], cwd);
  const both = JSON.stringify(all.filter(({ exports }) => exports['.'].require).map(({ name }) => name));
  run(
    'node',
    ['--input-type=commonjs', '-e', `const all = ${both}.map((name) => [name, require(name)]); ${report}`],
    cwd,
  );
}

function expect(what, received, expected) {
  if (received !== expected) throw new Error(`${what}: expected ${expected}, received ${received}`);
}
