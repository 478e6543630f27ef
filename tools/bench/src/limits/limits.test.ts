import { expect, it } from 'vitest';
import type { Row } from '../report.js';
import { figures } from './limits.js';

const row = (side: string, shape: string, median: number, rest: object = {}): Row => ({
  ...{ side, shape, median, min: median, max: median, unit: '/s', ...rest },
});

const registers = (gflops: number) => row('plain SIMD', 'float32 multiply-adds, registers to registers', gflops);
const memory = (gb: number) => row('plain SIMD', 'memory: a tensor read and one written, 64 MiB each', gb);
const step = (images: number, bytes: number) => row('plain SIMD', 'ResNet20 float, batch 128', images, { bytes });

it('the shares of a net are those of its three passes and of its kernels’ bytes', () => {
  // 40.8 million multiply-adds, three times, at 100 images a second; 128 images move 1.28 GB
  const [products, bytes] = figures([registers(48.96), memory(10), step(100, 1.28e9)]);
  expect(products!.value).toBeCloseTo(50, 0);
  expect(bytes!.value).toBeCloseTo(10, 6);
  expect(products!.unit).toBe('%');
});

it('gives what was measured', () => {
  const skipped: Row = { ...{ side: 'plain SIMD', shape: 'ResNet20 float, batch 128' }, skipped: 'no memory' };
  expect(figures([registers(30), memory(10), skipped])).toEqual([]);
  expect(figures([registers(30), step(100, 1e9)])).toHaveLength(1);
});
