#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { register } from 'node:module';

// In the repository the TypeScript sources run as they are, in this process; the published package has only what was built.
const source = new URL('../src/main.ts', import.meta.url);
const main = existsSync(source) ? await importSource() : await import('../dist/main.js');
const code = await main.main(process.argv.slice(2));
// what still waits to be written goes first, and nothing that a plugin left running keeps the process
process.stderr.write('', () => process.stdout.write('', () => process.exit(code)));

async function importSource() {
  const tsx = await import('tsx/esm/api');
  tsx.register();
  register('./source-condition.js', import.meta.url);
  return import(source.href);
}
