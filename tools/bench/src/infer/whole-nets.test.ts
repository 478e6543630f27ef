import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { measureAll } from '../run/measure.js';
import { fileRows, netFigures, wholeNets } from './whole-nets.js';

it('packs a net and runs it beside others', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'lowbit-bench-'));
  const { rows } = await measureAll(wholeNets(1, folder), 'ResNet20', () => undefined);
  expect(rows.find(({ side }) => side === 'ResNet20, plain SIMD')).toMatchObject({ unit: 'ms' });
  expect(rows.filter(({ side }) => side.startsWith('ONNX Runtime Web'))).toHaveLength(2);
  expect(await fileRows(folder)).toEqual([]);
  const figures = netFigures(rows);
  expect(figures.map(({ what }) => what)).toContain(
    "time of ResNet20, plain SIMD, W2A2, against ONNX Runtime Web's int8",
  );
  await rm(folder, { recursive: true });
});
