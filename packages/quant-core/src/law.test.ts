import type { Precision, Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dorefaActivations, dorefaGradients, dorefaWeights } from './index.js';
import { decode, disposeEncoded } from './encoded.js';
import { bitsOf, leavesNoTensors } from './testing/helpers.js';

const families: [string, (bits: Precision) => Quantizer][] = [
  ['weights', (bits) => dorefaWeights({ bits })],
  ['activations', (bits) => dorefaActivations({ bits })],
  ['gradients', (bits) => dorefaGradients({ bits })],
];

const value = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: -2, max: 2, noNaN: true }),
  fc.constantFrom(0, -0, 0.5, 1, -1, 1.5 / 15, 2 ** -149, 3.4028234663852886e38),
);
const tensorOf = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 9 }))
  .chain(([rows, columns]) =>
    fc
      .array(value, { minLength: rows * columns, maxLength: rows * columns })
      .map((data) => ({ shape: [rows, columns], data })),
  );

describe.each(['cpu', 'wasm'])('decode(encode(x)) equals quantize(x) bit for bit on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));
  afterAll(() => tf.setBackend('cpu'));

  it.each(families)('DoReFa %s', (_role, make) =>
    leavesNoTensors(() =>
      fc.assert(
        fc.property(
          tensorOf,
          fc.integer({ min: 1, max: 8 }),
          fc.integer({ min: 0, max: 999 }),
          ({ shape, data }, bits, seed) => {
            const quantizer = make(bits as Precision);
            const x = tf.tensor(data, shape, 'float32');
            const quantized = quantizer.quantize(x, { seed });
            const encoded = quantizer.encode(x, { seed });
            const decoded = decode(encoded);
            try {
              expect(encoded.codes.dtype).toBe('int32');
              expect(decoded.shape).toEqual(shape);
              expect(encoded.codebook.shape.at(-1)).toBeLessThanOrEqual(2 ** bits);
              expect(bitsOf(decoded.dataSync() as Float32Array)).toEqual(bitsOf(quantized.dataSync() as Float32Array));
            } finally {
              tf.dispose([x, quantized, decoded]);
              disposeEncoded(encoded);
            }
          },
        ),
        { numRuns: 150, seed: 7 },
      ),
    ),
  );
});

describe('what has no code', () => {
  it.each(families)('%s at float', (_role, make) => {
    expect(() => make('float').encode(tf.zeros([2]))).toThrow(/a float quantizer has no codes/);
  });
  it.each(families)('NaN or an infinity in %s', (_role, make) => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      expect(() => make(2).encode(tf.tensor2d([[1, bad]]))).toThrow(
        /NaN or an infinity cannot be encoded.*shape \[1, 2\]/,
      );
    }
  });
});
