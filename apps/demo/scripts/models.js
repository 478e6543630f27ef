// npm run models -w @lowbit/demo: trains both networks of digits from the committed experiments, packs them and puts them into
// public/models. The default backend gives the same bytes each time. The runs' folder is temporary.
// npm run models -w @lowbit/demo -- NAME=RUN...: packs what has been trained, as photographs-w4a4=runs/cifar10-resnet20-w4a4-1.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MODELS = fileURLToPath(new URL('../public/models/', import.meta.url));
const LOWBIT = path.join(path.dirname(createRequire(import.meta.url).resolve('lowbit/package.json')), 'bin/lowbit.js');
const NAMES = ['digits-w1a4', 'digits-float'];

mkdirSync(MODELS, { recursive: true });
const temporary = mkdtempSync(path.join(tmpdir(), 'lowbit-demo-'));
try {
  const from = process.env['INIT_CWD'] ?? '.';
  const given = process.argv.slice(2).map((each) => {
    const [name, run] = each.split('=');
    return [name, path.resolve(from, run)];
  });
  for (const [name, run] of given.length > 0 ? given : NAMES.map((name) => [name, trained(name)])) {
    const packed = path.join(temporary, `${name}.lowbit`);
    lowbit('export', run, '--output', packed, '--check');
    copyFileSync(packed, path.join(MODELS, `${name}.lowbit`));
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** @param {string} name */
function trained(name) {
  const run = path.join(temporary, name);
  lowbit('train', path.join(ROOT, 'experiments', `${name}.json`), '--backend', 'wasm', '--out', run);
  return run;
}

/** @param {string[]} args */
function lowbit(...args) {
  const { status } = spawnSync(process.execPath, [LOWBIT, ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`lowbit ${args[0]} ended with ${status}`);
}
