import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { bwnWeights, quantConv2d, signActivations, xnorActivations, xnorWeights } from '../index.js';
import { expectClose, valuesOf } from '../testing/helpers.js';
import { gradientsOf, quantized } from '../testing/vectors.js';

// specification "Quantizers" §9
const filter = [0.2, -0.4, 1.2, -0.8];
const upstream = [1, 2, -1, 0.5];
const input = tf.tensor2d(
  [
    [1, -2, 3, 4, -5, 6, -7, 8, 9],
    [-1, 0, 1, 2, -2, 2, 0, 3, -3],
  ],
  [2, 9],
);
const window = { kernelSize: [2, 2], strides: [1, 1], padding: 'valid', dilationRate: [1, 1] } as const;
const image = () => tf.reshape(tf.transpose(input), [1, 3, 3, 2]);

describe('BWN', () => {
  it('scales the sign by the mean magnitude of each filter', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const filters = tf.transpose(
          tf.tensor2d([
            [0.2, -0.4, 0.6, -0.8],
            [-0.1, 0.1, 0.3, -0.3],
          ]),
        );
        const { codebook } = bwnWeights().encode(filters);
        expectClose(valuesOf(codebook), [-0.5, 0.5, -0.2, 0.2]);
        expectClose(valuesOf(bwnWeights({ granularity: 'tensor' }).encode(filters).codebook), [-0.35, 0.35]);
      }),
    ));

  it.each([
    ['paper', [0.9, 1.8, -0.25, 0.45]],
    ['exact', [0.025, 1.925, -0.625, 0.95]],
  ] as const)('has the %s gradient', (gradient, expected) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const column = (values: number[]) => tf.tensor2d(values, [4, 1]);
        for (const make of [bwnWeights, xnorWeights]) {
          expectClose(valuesOf(gradientsOf(make({ gradient }), column(filter), column(upstream))[0]!), expected);
        }
      }),
    ),
  );
});

describe("XNOR-Net's weights", () => {
  it("have the gradient of the authors' code", () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        // α = .65, n = 4, c_in = 2: (α·1{|W| < 1} + 1/4)·(1 − 1/2)·4
        const [w, g] = [tf.tensor(filter, [1, 2, 2, 1]), tf.tensor(upstream, [1, 2, 2, 1])];
        expectClose(valuesOf(gradientsOf(xnorWeights({ gradient: 'author' }), w, g)[0]!), [1.8, 3.6, -0.5, 0.9]);
      }),
    ));

  it('are centred over the input channels and kept in [−1, 1]', () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const constrain = xnorWeights().constrain!;
        expectClose(valuesOf(constrain(tf.tensor(filter, [1, 2, 2, 1]))), [0.3, -0.3, 1, -1]);
        expectClose(valuesOf(constrain(tf.tensor(filter, [2, 2, 1, 1]))), [0.2, -0.4, 1, -0.8]);
      }),
    ));
});

describe('signs of activations', () => {
  const x = [-1.5, -1, -0.5, 0, 0.5, 1, 1.5];

  it.each([
    ["BNN's", signActivations(), [0, 2, 3, 4, 5, 6, 0]],
    ["XNOR-Net's", xnorActivations(), [0, 0, 3, 4, 5, 0, 0]],
  ] as const)('%s: 0 is positive, the gradient stops at ±1', (_name, quantizer, gradient) =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        expectClose(quantized(quantizer, x), [-1, -1, -1, 1, 1, 1, 1]);
        expectClose(valuesOf(gradientsOf(quantizer, tf.tensor1d(x), tf.range(1, 8))[0]!), gradient);
        expectClose(quantized(quantizer.withBits('float'), x), [-1, -1, -0.5, 0, 0.5, 1, 1]);
      }),
    ),
  );

  it("scale a convolution's result by K", () =>
    leavesNoTensors(() =>
      tf.tidy(() => {
        const quantizer = xnorActivations({ scale: 'K' });
        expectClose(valuesOf(quantizer.outputScale!(image(), window)), [2.125, 2.625, 3.875, 4.75]);
        const strided = { ...window, strides: [2, 2], padding: 'same' } as const;
        expect(quantizer.outputScale!(image(), strided).shape).toEqual([1, 2, 2, 1]);
        const dilated = { ...window, dilationRate: [2, 2] } as const;
        // the four corners of A
        expectClose(valuesOf(quantizer.outputScale!(image(), dilated)), [(1 + 2 + 3.5 + 6) / 4]);
        expect(xnorActivations().outputScale).toBeUndefined();
      }),
    ));

  it('approximate a convolution in a layer as the paper does', () => {
    const layer = quantConv2d({
      filters: 1,
      kernelSize: 2,
      useBias: false,
      inputQuantizer: xnorActivations({ scale: 'K' }),
      kernelQuantizer: xnorWeights(),
    });
    tf.tidy(() => {
      const kernel = tf.tensor2d(
        [
          [0.5, -0.5, 1, -1],
          [-0.25, 0.25, 0.75, -0.75],
        ],
        [2, 4],
      );
      layer.apply(image());
      layer.setWeights([tf.reshape(tf.transpose(kernel), [2, 2, 2, 1])]);
      const output = layer.apply(image()) as tf.Tensor;
      expectClose(valuesOf(output), [10.625, -9.84375, -4.84375, 5.9375]);
    });
    layer.dispose();
  });
});
