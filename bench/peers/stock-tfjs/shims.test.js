import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers'; // registers the gradients
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { registerShims } from './shims.js';

await tf.setBackend('wasm');
registerShims();

/** Gradients of Σ(op(x, filter) · weight) to x and filter, as flat lists. */
async function gradients(backend, op, shape, filterShape, strides) {
  await tf.setBackend(backend);
  const [x, filter] = [noise(shape, 1), noise(filterShape, 2)];
  const loss = (a, b) => {
    const y = op(a, b, strides, 'same');
    return tf.sum(tf.mul(y, noise(y.shape, 3)));
  };
  return tf
    .grads(loss)([x, filter])
    .map((gradient) => [...gradient.dataSync()]);
}

function noise(shape, seed) {
  const size = shape.reduce((product, each) => product * each, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * (seed + 0.7)) + Math.cos(i * i * 0.13 * seed)),
    shape,
  );
}

for (const [name, op, shape, filterShape, strides] of [
  ['1×1', tf.conv2d, [2, 6, 6, 3], [1, 1, 3, 5], 1],
  ['1×1, stride 2', tf.conv2d, [2, 6, 6, 3], [1, 1, 3, 5], 2],
  ['3×3', tf.conv2d, [2, 5, 6, 3], [3, 3, 3, 4], 1],
  ['3×3, stride 2', tf.conv2d, [2, 6, 8, 3], [3, 3, 3, 4], 2],
  ['depthwise 3×3', tf.depthwiseConv2d, [2, 5, 6, 3], [3, 3, 3, 1], 1],
  ['depthwise 3×3, stride 2', tf.depthwiseConv2d, [2, 6, 8, 3], [3, 3, 3, 1], 2],
]) {
  test(`gradients of ${name} are those of the cpu backend`, async () => {
    const [expected, actual] = [
      await gradients('cpu', op, shape, filterShape, strides),
      await gradients('wasm', op, shape, filterShape, strides),
    ];
    assert.deepEqual(
      actual.map(({ length }) => length),
      expected.map(({ length }) => length),
    );
    const errors = expected.flat().map((value, i) => Math.abs(value - actual.flat()[i]));
    assert.ok(Math.max(...errors) < 1e-4, `largest error ${Math.max(...errors)}`);
  });
}
