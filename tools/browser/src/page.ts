// What runs in the page; `open-page.ts` bundles it.
import { checkBackends, pickBackend, type BackendName } from '@lowbit/backends';
import { trainDigits } from './digits.js';
import { families } from './families.js';
import { firstSteps } from './first-steps.js';
import { batchNorm, quantize, shift } from './ops.js';
import { runPacked } from './packed.js';

const page = {
  async digitsOnWasm(epochs?: number) {
    await pickBackend('wasm', { wasmPath: '/wasm/', simd: 'plain' });
    return trainDigits(epochs);
  },
  async firstSteps(backend: BackendName, steps: number) {
    const { simd } = await pickBackend(backend, { wasmPath: '/wasm/' });
    return { simd, ...(await firstSteps(steps)) };
  },
  async autoBackend() {
    const { backends, auto } = await checkBackends();
    const { name, tried } = await pickBackend('auto', { wasmPath: '/wasm/' });
    return { name, tried, auto, webgpu: backends.find(({ name }) => name === 'webgpu')! };
  },
  families,
  shift,
  quantize,
  batchNorm,
  runPacked,
};
Object.assign(globalThis, { page });

export type Page = typeof page;
