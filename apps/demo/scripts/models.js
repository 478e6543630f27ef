// npm run models -w @lowbit/demo: trains both networks of the page from the committed experiments, packs them and puts them into
// public/models. The default backend gives the same bytes each time. The runs' folder is temporary.
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
const runs = mkdtempSync(path.join(tmpdir(), 'lowbit-demo-'));
try {
  for (const name of NAMES) {
    const run = path.join(runs, name);
    lowbit('train', path.join(ROOT, 'experiments', `${name}.json`), '--backend', 'wasm', '--out', run);
    const packed = path.join(runs, `${name}.lowbit`);
    lowbit('export', run, '--output', packed, '--check');
    copyFileSync(packed, path.join(MODELS, `${name}.lowbit`));
  }
} finally {
  rmSync(runs, { recursive: true, force: true });
}

/** @param {string[]} args */
function lowbit(...args) {
  const { status } = spawnSync(process.execPath, [LOWBIT, ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`lowbit ${args[0]} ended with ${status}`);
}
