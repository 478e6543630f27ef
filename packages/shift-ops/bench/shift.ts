// Times the shift and its gradients on TF.js's WASM backend, kernels against the composition of core ops:
// npx tsx --conditions @lowbit/source bench/shift.ts
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { separable } from '../src/compositions/separable.js';
import type { ImageShape, ShiftImplementation } from '../src/implementation.js';
import { implementation } from '../src/kernels.js';
import { groupedOffsets } from '../src/index.js';

await tf.setBackend('wasm');
const sides: [string, ShiftImplementation][] = [
  ['kernels', implementation()],
  ['separable', separable],
];
const shapes: ImageShape[] = [
  [128, 32, 32, 16],
  [32, 64, 64, 64],
  [32, 32, 32, 64],
  [32, 8, 8, 512],
  [32, 7, 7, 2048],
  [128, 32, 32, 3],
];
const rows: Record<string, string | number>[] = [];
for (const shape of shapes) {
  const channels = shape[3];
  const learned = tf.randomUniform<tf.Rank.R2>([2, channels], -Math.SQRT1_2, Math.SQRT1_2, 'float32', 1);
  const grouped = tf.tensor2d(groupedOffsets(channels), [2, channels]);
  const x = tf.randomNormal<tf.Rank.R4>(shape, 0, 1, 'float32', 2);
  for (const [kind, shifts] of Object.entries({ learned, grouped })) {
    for (const [side, { forward, backpropInput, backpropShift }] of sides) {
      if (side === 'separable' && tf.util.sizeFromShape(shape) > 2e7) continue;
      rows.push({
        shape: shape.join('×'),
        shifts: kind,
        side,
        'forward ms': median(() => forward(x, shifts, 1)),
        'input ms': median(() => backpropInput(x, shifts, shape, 1)),
        'shifts ms': median(() => backpropShift(x, x, shifts, 1, 'reference')),
      });
    }
  }
  tf.dispose([learned, grouped, x]);
}
console.table(rows);

function median(compute: () => tf.Tensor): number {
  const times = Array.from({ length: 9 }, () => {
    const start = performance.now();
    compute().dispose();
    return performance.now() - start;
  });
  return Number(times.sort((a, b) => a - b)[4]!.toFixed(2));
}
