import type { Precision, Quantizer } from '@lowbit/plugin-api';
import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { expect } from 'vitest';
import { decode, disposeEncoded } from '../encoded.js';
import { bitsOf } from './helpers.js';

const value = fc.oneof(
  { arbitrary: fc.float({ min: -3, max: 3, noNaN: true }), weight: 8 },
  { arbitrary: fc.float({ min: -100, max: 100, noNaN: true }), weight: 1 },
  { arbitrary: fc.constantFrom(0, -0, 0.5, -0.5, 1, -1, 2 ** -149, 2 ** 60, 3.4028234663852886e38), weight: 1 },
);

/**
 * Tries quantizers that `make` makes at each number of bits: the law, at most 2^bits levels, the same bits each time, and no tensor
 * left, on tensors of shape [2, n, 4] on a backend.
 */
export async function obeysTheLaw(
  backend: string,
  make: readonly ((bits: Precision) => Quantizer)[],
  { leastBits = 1, trials = 40 } = {},
): Promise<void> {
  await tf.setBackend(backend);
  try {
    await leavesNoTensors(() =>
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: 4 }).chain((n) => fc.array(value, { minLength: 8 * n, maxLength: 8 * n })),
          fc.integer({ min: leastBits, max: 8 }),
          fc.constantFrom(...make),
          (values, bits, family) => lawOn(family(bits as Precision), values),
        ),
        { numRuns: trials, seed: 5 },
      ),
    );
  } finally {
    await tf.setBackend('cpu');
  }
}

function lawOn(quantizer: Quantizer, values: readonly number[]): void {
  const x = tf.tensor([...values], [2, values.length / 8, 4], 'float32');
  const [quantized, again] = [quantizer.quantize(x), quantizer.quantize(x)];
  const encoded = quantizer.encode(x);
  const decoded = decode(encoded);
  try {
    expect(encoded.codebook.shape.at(-1)).toBeLessThanOrEqual(2 ** (quantizer.bits as number));
    const bits = bitsOf(quantized.dataSync<'float32'>());
    expect(bitsOf(decoded.dataSync<'float32'>())).toEqual(bits);
    expect(bitsOf(again.dataSync<'float32'>())).toEqual(bits);
  } finally {
    tf.dispose([x, quantized, again, decoded]);
    disposeEncoded(encoded);
  }
}
