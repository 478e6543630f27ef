import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { shiftNet } from '../testing/graphs.js';
import { writeModel } from './write-model.js';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const interop = file('../../tools/interop/.venv/bin/python');
const python = process.env.LOWBIT_INTEROP_PYTHON ?? (existsSync(interop) ? interop : 'python3');
const folder = mkdtempSync(join(tmpdir(), 'lowbit-graph-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Found {
  readonly metadata: Readonly<Record<string, string>>;
  readonly crc32: string;
  readonly aligned: boolean;
  readonly types: Readonly<Record<string, readonly unknown[]>>;
  readonly floats: Readonly<Record<string, readonly number[]>>;
  readonly codes: Readonly<Record<string, readonly number[]>>;
}

it('is opened by the reference implementation of safetensors, and its codes by a few lines of numpy', ({ skip }) => {
  try {
    execFileSync(python, ['-c', 'import numpy, safetensors'], { stdio: 'pipe' });
  } catch {
    skip(`${python} has no safetensors and numpy: install them, or name a Python that has in LOWBIT_INTEROP_PYTHON`);
  }
  const graph = shiftNet();
  const path = join(folder, 'model.lowbit');
  writeFileSync(path, writeModel(graph));
  const found = JSON.parse(execFileSync(python, [file('fixtures/read.py'), path], { encoding: 'utf8' })) as Found;

  expect(found.metadata).toMatchObject({
    format: 'lowbit-model',
    version: '1',
    'metadata.trained by': 'näme "quoted"',
  });
  expect(found.crc32).toBe(found.metadata.checksum);
  expect(found.aligned).toBe(true);
  expect(found.types['block/shift#offsets']).toEqual(['int8', 16, 2]);
  for (const [name, parameter] of Object.entries(graph.parameters)) {
    if (parameter.kind === 'codes') {
      expect(found.types[name]?.[0]).toBe('uint8');
      expect(found.codes[name]).toEqual([...parameter.data]);
    } else {
      expect(found.types[name]).toEqual(['float32', ...parameter.shape]);
      expect(found.floats[name]).toEqual([...parameter.data]);
    }
  }
});
