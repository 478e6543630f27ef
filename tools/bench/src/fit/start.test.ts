import { expect, it } from 'vitest';
import type { Owner } from '../kernels/calls.js';
import { startFit } from './start.js';

const started = async (owner: Owner, net = 'plain') => {
  const side = await startFit(owner, owner, 2, net);
  if ('skipped' in side) throw new Error(side.skipped);
  return side;
};

it.each<[Owner, string]>([
  ['product', 'plain'],
  ['product', 'batch-norm'],
  ['cpu', 'plain'],
  ['cpu', 'batch-norm'],
])('a model is fitted with the kernels of %s: %s', async (owner, net) => {
  const side = await started(owner, net);
  for (let i = 0; i < 2; i++) expect((await side.step()).ms).toBeGreaterThan(0);
  await side.close();
});

it('stock WASM cannot, and says what it lacks', async () => {
  const side = await started('stock');
  await expect(side.step()).rejects.toThrow(/Kernel '\w+' not registered for backend 'wasm'/);
  await side.close();
});
