import { expect, it } from 'vitest';
import { sideOf } from '../run/child.js';
import type { Call, Owner } from './calls.js';
import { startKernels } from './start.js';

const call = (kernel: string, attrs: object = {}): Call => ({
  ...{ kernel, attrs: { ...attrs }, times: 2 },
  inputs: { x: { shape: [4, 5], dtype: 'float32' } },
});

it.each<Owner>(['product', 'stock', 'cpu'])('kernels of %s are timed, and what they lack is skipped', async (owner) => {
  const works = [
    { name: 'Relu', calls: [call('Relu')] },
    { name: 'Nonesuch', calls: [call('Relu'), call('Nonesuch')] },
  ];
  const started = await startKernels(owner, works);
  if ('skipped' in started) throw new Error(started.skipped);
  const [relu, nonesuch] = works.map(({ name }, i) => sideOf(name, started, `step ${i}`));
  const backend = owner === 'cpu' ? 'cpu' : 'wasm';
  await expect(nonesuch!.step()).rejects.toThrow(`TF.js's ${backend} backend has no Nonesuch`);
  for (let i = 0; i < 2; i++) expect((await relu!.step()).ms).toBeGreaterThan(0);
  await started.close();
});
