import { expect, it } from 'vitest';
import { startProduct } from './product.js';

it('the memory of several workers is that of their WASM heaps together', async () => {
  const memory = async (workers: number) => {
    const side = await startProduct({ name: 'wasm', backend: 'wasm', net: 'L20x4', batch: 4 * workers, workers });
    if ('skipped' in side) throw new Error(side.skipped);
    await side.step();
    const mib = await side.memory();
    await side.close();
    return { mib, about: side.about };
  };
  const [one, two] = [await memory(1), await memory(2)];
  expect(two.mib / one.mib).toBeCloseTo(2, 0);
  expect(two.about).toContain('2 workers (memory: of all together)');
});
