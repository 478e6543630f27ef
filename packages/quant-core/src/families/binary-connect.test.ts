import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { binaryConnectWeights, modelSize, quantDense, storageBits } from '../index.js';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { gradientsOf, quantized } from '../testing/vectors.js';

// specification "Quantizers" §8
const w = [-1.5, -0.6, -0.2, 0, 0.3, 0.9, 2];

describe('BinaryConnect', () => {
  it('takes the sign', () =>
    leavesNoTensors(() => expectClose(quantized(binaryConnectWeights(), w), [-1, -1, -1, 1, 1, 1, 1])));

  it('draws +1 with probability clip((w + 1)/2, 0, 1), from the seed', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const quantizer = binaryConnectWeights({ mode: 'stochastic' });
        const rows = tf.tile(tf.tensor2d([w]), [20_000, 1]);
        const drawn = quantizer.quantize(rows, { training: true, seed: 3 });
        const ups = valuesOf(tf.mean(tf.greater(drawn, 0), 0));
        expectClose(ups, [0, 0.2, 0.4, 0.5, 0.65, 0.95, 1], 0.012);
        expect(valuesOf(quantizer.quantize(rows, { training: true, seed: 3 }))).toEqual([...drawn.dataSync()]);
        expect(valuesOf(quantizer.quantize(rows, { training: true, seed: 4 }))).not.toEqual([...drawn.dataSync()]);
      }),
    ));

  it('leaves stochastic weights real outside of training, where they have no codes, unless told to take the sign', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        expectClose(quantized(binaryConnectWeights({ mode: 'stochastic' }), w), w);
        expect(() => binaryConnectWeights({ mode: 'stochastic' }).encode(tf.tensor1d(w))).toThrow(
          /real ones outside of training.*evaluation: 'binary'/,
        );
        const binary = binaryConnectWeights({ mode: 'stochastic', evaluation: 'binary' });
        expectClose(quantized(binary, w), [-1, -1, -1, 1, 1, 1, 1]);
      }),
    ));

  it('is counted by what is stored: stochastic weights are real ones, unless they are evaluated by their sign', () => {
    const [one, stochastic] = [binaryConnectWeights(), binaryConnectWeights({ mode: 'stochastic' })];
    const binary = binaryConnectWeights({ mode: 'stochastic', evaluation: 'binary' });
    expect([one, stochastic, binary, stochastic.withBits('float')].map(storageBits)).toEqual([1, 32, 1, 32]);
    const model = sequential({ layers: [quantDense({ units: 3, inputShape: [2], kernelQuantizer: stochastic })] });
    expect(modelSize(model).perLayer.map(({ weight, bits }) => [weight, bits])).toEqual([
      ['kernel', 32],
      ['bias', 32],
    ]);
    model.dispose();
  });

  it('passes the gradient, and keeps the real weights within ±H', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const [gradient] = gradientsOf(binaryConnectWeights(), tf.tensor1d(w), tf.range(1, 8));
        expectClose(valuesOf(gradient!), [1, 2, 3, 4, 5, 6, 7]);
        expectClose(valuesOf(binaryConnectWeights().constrain!(tf.tensor1d(w))), [-1, -0.6, -0.2, 0, 0.3, 0.9, 1]);
      }),
    ));

  it.each([
    // ½·√(6/(fan_in + fan_out)), both fans times the 9 places of a 3×3 kernel
    [[3, 3, 4, 8], 3, 0.5 * Math.sqrt(6 / (9 * 12))],
    [[3, 3, 8, 1], 2, 0.5 * Math.sqrt(6 / (9 * 9))],
    [[20, 30], 1, 0.5 * Math.sqrt(6 / 50)],
  ])('has H by Glorot for a kernel %j', (shape, channelAxis, high) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const quantizer = binaryConnectWeights({ scale: 'glorot' });
        const values = valuesOf(quantizer.quantize(tf.ones(shape), { channelAxis }));
        expectClose([values[0]!], [high]);
        expectClose([valuesOf(quantizer.constrain!(tf.ones(shape), { channelAxis }))[0]!], [high]);
      }),
    ),
  );

  it('refuses other bits', () => {
    expect(() => binaryConnectWeights({ bits: 2 as 1 })).toThrow(/bits must be 1, or "float".*received 2/);
    expect(() => binaryConnectWeights().withBits(4)).toThrow(/bits must be 1, or "float".*received 4/);
  });
});
