import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import './index.js';
import { difference, noise, on, run } from './testing.js';

/** Large numbers, wherever memory is free. */
const soil = () => Array.from({ length: 100 }, (_, i) => tf.fill([1 + ((i * 7) % 200)], 1e6));

const x = () => noise([2, 3, 3, 3, 2], 1);
const filter = () => noise([2, 2, 2, 2, 2], 2);
const dy = () => noise([2, 2, 2, 2, 2], 3);
const convolution = { strides: [1, 1, 1], pad: 'valid', dilations: [1, 1, 1] };
const pool = { filterSize: [2, 2, 2], strides: [1, 1, 1], pad: 'valid', dataFormat: 'NDHWC' };

it.each<[string, () => tf.NamedTensorMap, object]>([
  [tf.Conv3D, () => ({ x: x(), filter: filter() }), convolution],
  [tf.Conv3DBackpropInputV2, () => ({ dy: dy(), filter: filter() }), { ...convolution, inputShape: [2, 3, 3, 3, 2] }],
  [tf.Conv3DBackpropFilterV2, () => ({ x: x(), dy: dy() }), { ...convolution, filterShape: [2, 2, 2, 2, 2] }],
  [tf.AvgPool3D, () => ({ x: x() }), pool],
  [tf.AvgPool3DGrad, () => ({ dy: dy(), input: x() }), pool],
  [tf.MaxPool3D, () => ({ x: x() }), pool],
  [tf.MaxPool3DGrad, () => ({ dy: dy(), input: x(), output: run(tf.MaxPool3D, { x: x() }, pool) }), pool],
])('%s reads nothing beside its tensors', async (name, inputs, attrs) => {
  await tf.setBackend('wasm');
  const make = () => {
    const before = soil();
    const given = inputs();
    const after = soil();
    tf.dispose(before.filter((_, i) => i % 2 === 0));
    const result = run(name, given, attrs);
    tf.dispose([before, after]);
    return result;
  };
  for (let i = 0; i < 3; i++) expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-6);
});
