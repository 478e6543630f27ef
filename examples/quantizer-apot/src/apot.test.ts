import { createRegistry } from '@lowbit/plugin-api';
import { describeQuantizer, type Surrogate } from '@lowbit/plugin-kit';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import plugin, { apot, magnitudes } from './index.js';

/** α·(clip(w/α) + the error of the rounding as it is): what the gradient is the derivative of. */
function surrogate(granularity: 'tensor' | 'channel'): Surrogate {
  return (w, { clip }, at) => {
    const ratio = tf.clipByValue(tf.div(at.x, at.state.clip!), -1, 1);
    const quantizer = apot({ bits: at.bits as 2, granularity });
    const error = tf.sub(tf.div(quantizer.quantize(at.x, { state: at.state }), at.state.clip!), ratio);
    return tf.mul(clip!, tf.add(tf.clipByValue(tf.div(w, clip!), -1, 1), error));
  };
}

describe.each(['tensor', 'channel'] as const)('a clip for each %s', (granularity) => {
  describeQuantizer(plugin.quantizers.apot, {
    options: { bits: 4, granularity },
    bits: [2, 3, 4, 5, 6, 7, 8],
    surrogate: surrogate(granularity),
    idempotent: true,
    backends: ['wasm'],
  });
});

describe('the levels', () => {
  it.each([
    [1, [0, 1]],
    [2, [0, 1 / 4, 1 / 2, 1]],
    // a = 0, 1/2, 1/4, 1/16 and b = 0, 1/8, over their largest sum of 5/8
    [3, [0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1]],
    // p0 = 0, 1, 1/4, 1/16 and p1 = 0, 1/2, 1/8, 1/32, over 3/2
    [4, [0, 1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 33, 36, 48].map((n) => n / 48)],
  ])('of %i bits', (bits, expected) => {
    expect(magnitudes(bits)).toEqual(expected.map((value) => expect.closeTo(value, 12) as number));
  });

  it('are 2^bits, and all differ', () => {
    for (const bits of [1, 2, 3, 4, 5, 6, 7]) expect(new Set(magnitudes(bits)).size).toBe(2 ** bits);
  });
});

describe('apot', () => {
  it('takes the nearest level, the smaller of two', () => {
    const values = tf.tidy(() =>
      apot({ bits: 3 })
        .quantize(tf.tensor1d([-3, -0.76, -0.75, 0.124, 0.125, 0.3, 0.375, 0.8]), { state: { clip: tf.scalar(1) } })
        .dataSync(),
    );
    expect([...values]).toEqual([-1, -1, -0.5, 0, 0, 0.25, 0.25, 1]);
  });

  it('is for weights, of 2 bits and more', () => {
    const registry = createRegistry([plugin]);
    expect(() => registry.make('quantizers', { quantizer: 'apot', bits: 2 }, 'activations')).toThrow(
      /not made for activations/,
    );
    expect(() => registry.make('quantizers', { quantizer: 'apot', bits: 1 }, 'weights')).toThrow(/bits are 2 to 8/);
  });
});
