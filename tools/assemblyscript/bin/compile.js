#!/usr/bin/env node
// compile.js ENTRY OUTPUT [--relaxed] [--shared] [--check]: compiles AssemblyScript kernels that work in place on a memory that they are given
// (--shared: one that several threads may share) to a TypeScript module with their bytes. The output is committed, so that neither
// tests nor users need the compiler; --check (CI) says whether it is what the source gives.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const [entry, output, ...rest] = process.argv.slice(2);
if (!entry || !output) {
  console.error('usage: compile.js ENTRY.ts OUTPUT.ts [--relaxed] [--shared] [--check]');
  process.exit(2);
}
const features = [
  ...(rest.includes('--relaxed') ? ['--enable', 'relaxed-simd'] : []),
  ...(rest.includes('--shared') ? ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'] : []),
];
const { error, stderr, binary } = await compile(entry, features);
if (error) {
  console.error(String(stderr), error.message);
  process.exit(1);
}
if (hasDataSection(binary)) {
  console.error(
    `${entry} keeps static data, which would overwrite TensorFlow.js's heap; use no strings, static arrays or functions as values`,
  );
  process.exit(1);
}
const text = `// Made from ${path.basename(entry)} by the package's script "wasm"; do not edit.\nexport default '${Buffer.from(binary).toString('base64')}';\n`;
if (rest.includes('--check')) {
  if (existsSync(output) && readFileSync(output, 'utf8') === text) process.exit(0);
  console.error(`${output} is not what ${entry} compiles to; run the package's script "wasm" and commit the result`);
  process.exit(1);
}
mkdirSync(path.dirname(output), { recursive: true });
writeFileSync(output, text);
console.log(`${output}: ${binary.length} bytes of WASM`);

async function compile(source, features) {
  let binary;
  const flags = [
    '-O3',
    '--enable',
    'simd',
    ...features,
    '--enable',
    'bulk-memory',
    '--runtime',
    'stub',
    '--importMemory',
    '--memoryBase',
    '0',
    '--outFile',
    'kernels.wasm',
  ];
  const result = await asc.main([source, ...flags], { writeFile: (_name, contents) => void (binary = contents) });
  return { ...result, binary };
}

/** Whether a WASM module has a section of kind 11, data, that holds anything. */
function hasDataSection(bytes) {
  for (let at = 8; at < bytes.length;) {
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7, at++) {
      size |= (bytes[at] & 0x7f) << shift;
      more = (bytes[at] & 0x80) !== 0;
    }
    if (id === 11 && bytes[at] > 0) return true;
    at += size;
  }
  return false;
}
