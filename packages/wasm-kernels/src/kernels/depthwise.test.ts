import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index.js';
import { difference, noise, on, run, slopeRatio } from '../testing.js';

beforeAll(() => tf.setBackend('wasm'));

const side = fc.integer({ min: 1, max: 9 });
const small = fc.integer({ min: 1, max: 3 });
const convolution = fc.record({
  input: fc.tuple(fc.integer({ min: 0, max: 3 }), side, side, fc.integer({ min: 1, max: 11 })),
  kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  multiplier: small,
  strides: fc.tuple(small, small),
  pad: fc.constantFrom<'same' | 'valid' | number>('same', 'valid', 2),
  seed: fc.integer({ min: 1, max: 1000 }),
});

describe('gradients of a depthwise convolution', () => {
  it('equal those of the cpu backend', () => {
    fc.assert(
      fc.property(convolution, ({ input, kernel, multiplier, strides, pad, seed }) => {
        const filterShape: [number, number, number, number] = [...kernel, input[3], multiplier];
        const { outShape } = tf.backend_util.computeConv2DInfo(input, filterShape, strides, 1, pad, 'floor', true);
        fc.pre(outShape.every((size) => size >= 0));
        const attrs = { strides, dilations: 1, pad, dimRoundingMode: 'floor', filterShape, inputShape: input };
        const dy = () => noise(outShape, seed);
        const dW = () => run('DepthwiseConv2dNativeBackpropFilter', { x: noise(input, seed + 1), dy: dy() }, attrs);
        const dx = () =>
          run('DepthwiseConv2dNativeBackpropInput', { dy: dy(), filter: noise(filterShape, seed + 2) }, attrs);
        const forward = () =>
          run('DepthwiseConv2dNative', { x: noise(input, seed), filter: noise(filterShape, seed + 2) }, attrs);
        for (const make of [dW, dx, forward]) expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
      }),
      { numRuns: 200 },
    );
  });

  it('take dilations, which the cpu backend ignores: a dilated filter is a larger one with zeros between its taps', () => {
    const [input, filterShape, dilations] = [
      [2, 9, 8, 5],
      [3, 2, 5, 1],
      [2, 3],
    ] as const;
    const common = { strides: 1, pad: 'valid', dimRoundingMode: 'floor', inputShape: input };
    const dilated = { ...common, dilations, filterShape };
    const spread = { ...common, dilations: 1, filterShape: [5, 4, 5, 1] };
    const x = () => noise([...input], 1);
    const dy = () => noise([2, 5, 5, 5], 2);
    const filter = () => noise([...filterShape], 3);
    const withZeros = () => {
      const columns = tf.pad(tf.reshape(filter(), [3, 2, 1, 5]), [
        [0, 0],
        [0, 0],
        [0, 2],
        [0, 0],
      ]);
      const rows = tf.pad(tf.reshape(columns, [3, 1, 6, 5]), [
        [0, 0],
        [0, 1],
        [0, 0],
        [0, 0],
      ]);
      return tf.reshape(tf.slice(tf.reshape(rows, [6, 6, 5]), [0, 0, 0], [5, 4, 5]), [5, 4, 5, 1]);
    };
    const name = 'DepthwiseConv2dNativeBackprop';
    const dx = on('wasm', () => run(`${name}Input`, { dy: dy(), filter: filter() }, dilated));
    expect(
      difference(
        dx,
        on('cpu', () => run(`${name}Input`, { dy: dy(), filter: withZeros() }, spread)),
      ),
    ).toBeLessThan(1e-5);
    const dW = on('wasm', () => run(`${name}Filter`, { x: x(), dy: dy() }, dilated));
    const all = () => run(`${name}Filter`, { x: x(), dy: dy() }, spread);
    expect(
      difference(
        dW,
        on('cpu', () => tf.stridedSlice(all(), [0, 0, 0, 0], [5, 4, 5, 1], [2, 3, 1, 1])),
      ),
    ).toBeLessThan(1e-5);
  });

  it('are the slopes of the convolution', () => {
    tf.setBackend('wasm');
    const ratio = slopeRatio(
      (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 2], 'same'),
      [
        [2, 7, 6, 5],
        [3, 3, 5, 1],
      ],
    );
    expect(ratio).toBeCloseTo(1, 2);
  });
});

describe('a depthwise convolution', () => {
  const window = fc.record({
    input: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 19 })),
    channels: fc.constantFrom(8, 16, 24),
    kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    // TF.js knows no convolution that has both
    steps: fc.oneof(
      fc.record({ strides: fc.tuple(small, small), dilations: fc.constant(1) }),
      fc.record({ strides: fc.constant(1), dilations: fc.tuple(small, small) }),
    ),
    pad: fc.constantFrom('same', 'valid', [
      [0, 0],
      [3, 0],
      [1, 4],
      [0, 0],
    ]),
    biased: fc.boolean(),
    seed: fc.integer({ min: 1, max: 1000 }),
  });

  it('equals that of the cpu backend', () => {
    fc.assert(
      fc.property(window, ({ input, channels, kernel, steps, pad, biased, seed }) => {
        const { strides, dilations } = steps;
        const shape: [number, number, number, number] = [...input, channels];
        const filterShape: [number, number, number, number] = [...kernel, channels, 1];
        fc.pre(kernel[0] * kernel[1] > 4);
        const info = tf.backend_util.computeConv2DInfo(
          shape,
          filterShape,
          strides,
          dilations,
          pad as 'same',
          'floor',
          true,
        );
        fc.pre(info.outShape.every((size) => size >= 0));
        const attrs = { strides, dilations, pad, dimRoundingMode: 'floor', dataFormat: 'NHWC', activation: 'linear' };
        const tensors = () => ({ x: noise(shape, seed), filter: noise(filterShape, seed + 1) });
        const make = () =>
          biased
            ? run('FusedDepthwiseConv2D', { ...tensors(), bias: noise([channels], seed + 2) }, attrs)
            : run('DepthwiseConv2dNative', tensors(), attrs);
        expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
      }),
      { numRuns: 300 },
    );
  });

  it('reads nothing of the padding: an infinite weight there adds nothing', () => {
    const filter = () =>
      tf.buffer([3, 3, 8, 1], 'float32', new Float32Array(72).fill(1).fill(Infinity, 0, 24)).toTensor();
    const make = () => tf.depthwiseConv2d(tf.ones([1, 1, 9, 8]) as tf.Tensor4D, filter() as tf.Tensor4D, 1, 'same');
    expect(on('wasm', make)).toEqual(on('cpu', make));
  });

  it('takes null for dilations, as the layer of tf.layers gives it', () => {
    const attrs = { strides: 1, dilations: null, pad: 'same', dimRoundingMode: 'floor', dataFormat: 'NHWC' };
    const make = () =>
      run('DepthwiseConv2dNative', { x: noise([1, 5, 6, 8], 1), filter: noise([3, 3, 8, 1], 2) }, attrs);
    const plain = () =>
      tf.depthwiseConv2d(noise([1, 5, 6, 8], 1) as tf.Tensor4D, noise([3, 3, 8, 1], 2) as tf.Tensor4D, 1, 'same');
    expect(difference(on('wasm', make), on('cpu', plain))).toBeLessThan(1e-5);
  });

  it('with an activation, or other channels, is left to TF.js', () => {
    const make = (channels: number) => () =>
      tf.fused.depthwiseConv2d({
        x: noise([1, 5, 6, channels], 1) as tf.Tensor4D,
        filter: noise([3, 3, channels, 1], 2) as tf.Tensor4D,
        strides: 1,
        pad: 'same',
        activation: 'relu',
      });
    for (const channels of [7, 8]) {
      expect(difference(on('wasm', make(channels)), on('cpu', make(channels)))).toBeLessThan(1e-5);
    }
  });
});
