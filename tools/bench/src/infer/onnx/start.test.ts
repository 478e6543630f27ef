import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { sideOf } from '../../run/child.js';
import { onnxNet } from './nets.js';
import { onnxProduct, ONNX_PRODUCTS } from './products.js';
import { startOnnx } from './start.js';

it.each(['web', 'native'] as const)('%s computes what the bench writes', { timeout: 60_000 }, async (engine) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'lowbit-bench-'));
  const models = {
    float: onnxNet('ResNet20', 'float'),
    int8: onnxNet('ResNet20', 'int8'),
    ...Object.fromEntries(ONNX_PRODUCTS.map((kind) => [kind, onnxProduct(kind, [49, 2048, 512])])),
  };
  const started = await startOnnx(engine, folder, models);
  if ('skipped' in started) {
    expect(started.skipped).toMatch(/^not installed; run /);
    await rm(folder, { recursive: true });
    return;
  }
  for (const [index, name] of Object.keys(models).entries()) {
    const { ms } = await sideOf(name, started, `step ${index}`).step();
    expect(ms, name).toBeGreaterThan(0);
  }
  await started.close();
  await rm(folder, { recursive: true });
});
