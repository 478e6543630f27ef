// What runs in the page; `open-page.ts` bundles it.
import { pickBackend } from '@lowbit/backends';
import { trainDigits, type DigitsRun } from './digits.js';

export interface Page {
  digitsOnWasm(epochs?: number): Promise<DigitsRun>;
}

const page: Page = {
  async digitsOnWasm(epochs) {
    await pickBackend('wasm', { wasmPath: '/wasm/' });
    return trainDigits(epochs);
  },
};
Object.assign(globalThis, { page });
