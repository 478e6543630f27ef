#!/usr/bin/env node
// tfjs-suite.js [--write]: runs the specs that @tensorflow/tfjs-core ships on the stock WASM backend and on the one with
// @lowbit/wasm-kernels, and fails when a spec is lost or fewer pass than expected.json says. --write updates expected.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { bundle } from '../src/bundle.js';
import { runSuite } from '../src/run-suite.js';
import { judge } from '../src/judge.js';

const expectedFile = new URL('../expected.json', import.meta.url);

async function main() {
  const write = process.argv.includes('--write');
  const [stock, ours] = await Promise.all(['stock', 'ours'].map(async (kind) => runSuite(await bundle(kind))));
  const expected = JSON.parse(readFileSync(expectedFile, 'utf8'));
  const { errors, notes, line } = judge(stock, ours, expected);
  if (write && ours.passed >= expected.passing) {
    const failing = ours.failures.map(({ name, reason }) => `${name}: ${reason}`).sort();
    writeFileSync(expectedFile, JSON.stringify({ passing: ours.passed, failing }, null, 2) + '\n');
  }
  for (const note of notes) console.log(note);
  for (const error of errors) console.error(`error: ${error}`);
  console.log(line);
  return errors.length === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error) => {
  console.error(`error: ${error.message}`);
  return 1;
});
