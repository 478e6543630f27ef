import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index.js';
import { difference, noise, on, run, slopeRatio } from '../testing.js';

beforeAll(() => tf.setBackend('wasm'));

const side = fc.integer({ min: 1, max: 9 });
const convolution = fc.record({
  batch: fc.integer({ min: 0, max: 3 }),
  height: side,
  width: side,
  // whole tiles of 4 by 8, and others
  channels: fc.oneof(fc.integer({ min: 1, max: 11 }), fc.constantFrom(4, 8, 12)),
  filters: fc.oneof(fc.integer({ min: 1, max: 19 }), fc.constantFrom(8, 16)),
  kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  pad: fc.constantFrom<'same' | 'valid' | number>('same', 'valid', 1, 2),
  seed: fc.integer({ min: 1, max: 1000 }),
});

type Convolution = typeof convolution extends fc.Arbitrary<infer T> ? T : never;

function shapes({ batch, height, width, channels, filters, kernel, strides, pad }: Convolution) {
  const inputShape: [number, number, number, number] = [batch, height, width, channels];
  const filterShape: [number, number, number, number] = [...kernel, channels, filters];
  const { outShape } = tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad);
  return { inputShape, filterShape, outShape, fits: outShape.every((size) => size >= 0) };
}

describe('gradients of a convolution', () => {
  it('equal those of the cpu backend: filter', () => {
    fc.assert(
      fc.property(convolution, (c) => {
        const { inputShape, filterShape, outShape, fits } = shapes(c);
        fc.pre(fits);
        const attrs = { strides: c.strides, pad: c.pad, dataFormat: 'NHWC', filterShape };
        const make = () =>
          run('Conv2DBackpropFilter', { x: noise(inputShape, c.seed), dy: noise(outShape, c.seed + 1) }, attrs);
        expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
      }),
      { numRuns: 150 },
    );
  });

  it('equal those of the cpu backend: input', () => {
    fc.assert(
      fc.property(convolution, (c) => {
        const { inputShape, filterShape, outShape, fits } = shapes(c);
        fc.pre(fits);
        const attrs = { strides: c.strides, pad: c.pad, dataFormat: 'NHWC', inputShape };
        const make = () =>
          run('Conv2DBackpropInput', { dy: noise(outShape, c.seed), filter: noise(filterShape, c.seed + 1) }, attrs);
        expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
      }),
      { numRuns: 150 },
    );
  });

  it('belong to a forward pass that equals that of the cpu backend', () => {
    fc.assert(
      fc.property(convolution, (c) => {
        const { inputShape, filterShape, fits } = shapes(c);
        fc.pre(fits);
        const attrs = { strides: c.strides, pad: c.pad, dataFormat: 'NHWC', dilations: 1 };
        const inputs = () => ({ x: noise(inputShape, c.seed), filter: noise(filterShape, c.seed + 1) });
        const bias = () => noise([c.filters], c.seed + 2);
        for (const make of [
          () => run('Conv2D', inputs(), attrs),
          () => run('FusedConv2D', { ...inputs(), bias: bias() }, { ...attrs, activation: 'linear' }),
          () => run('FusedConv2D', inputs(), { ...attrs, activation: 'relu' }),
        ]) {
          expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    { name: 'more positions, channels and filters than a block', input: [2, 17, 19, 37], filter: [3, 3, 37, 29] },
    { name: 'more filters than a block of the inner dimension', input: [1, 5, 5, 9], filter: [1, 1, 9, 300] },
    { name: 'more channels than a block of the inner dimension', input: [2, 7, 6, 260], filter: [3, 2, 260, 24] },
    { name: 'more lines than stay in the cache', input: [2, 33, 40, 16], filter: [3, 3, 16, 24] },
    { name: 'one pixel', input: [1, 1, 1, 1], filter: [3, 3, 1, 1] },
  ])('equal those of the cpu backend: $name', ({ input, filter }) => {
    const dyShape = [...input.slice(0, 3), filter[3]!];
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', inputShape: input, filterShape: filter };
    const dW = () => run('Conv2DBackpropFilter', { x: noise(input, 1), dy: noise(dyShape, 2) }, attrs);
    const dx = () => run('Conv2DBackpropInput', { dy: noise(dyShape, 3), filter: noise(filter, 4) }, attrs);
    const y = () => run('Conv2D', { x: noise(input, 5), filter: noise(filter, 6) }, { ...attrs, dilations: 1 });
    for (const make of [dW, dx, y]) expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
  });

  it.each([
    { name: 'more images than are taken at a time', input: [40, 7, 9, 12], filter: [3, 3, 12, 16], strides: [2, 2] },
    { name: 'more filters than a block', input: [2, 9, 8, 20], filter: [5, 3, 20, 300], strides: [3, 2] },
    { name: 'more positions than a block in a phase', input: [1, 40, 41, 9], filter: [7, 7, 9, 8], strides: [2, 2] },
    { name: 'pixels that no window sees', input: [2, 13, 11, 8], filter: [2, 1, 8, 8], strides: [4, 3] },
  ])('with a stride equals that of the cpu backend: $name', ({ input, filter, strides }) => {
    const { outShape } = tf.backend_util.computeConv2DInfo(
      input as never,
      filter as never,
      strides as never,
      1,
      'same',
    );
    const attrs = { strides, pad: 'same', dataFormat: 'NHWC', inputShape: input };
    const dx = () => run('Conv2DBackpropInput', { dy: noise(outShape, 3), filter: noise(filter, 4) }, attrs);
    expect(difference(on('wasm', dx), on('cpu', dx))).toBeLessThan(1e-5);
  });

  it('take channels first, too', () => {
    const attrs = { strides: 1, pad: 'valid', dataFormat: 'NCHW', filterShape: [2, 2, 3, 5], inputShape: [2, 3, 4, 4] };
    const dW = () => run('Conv2DBackpropFilter', { x: noise([2, 3, 4, 4], 1), dy: noise([2, 5, 3, 3], 2) }, attrs);
    const dx = () => run('Conv2DBackpropInput', { dy: noise([2, 5, 3, 3], 2), filter: noise([2, 2, 3, 5], 3) }, attrs);
    for (const make of [dW, dx]) expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
  });

  it('are the slopes of the convolution', () => {
    tf.setBackend('wasm');
    const ratio = slopeRatio(
      (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 1], 'same'),
      [
        [2, 6, 5, 3],
        [3, 2, 3, 4],
      ],
    );
    expect(ratio).toBeCloseTo(1, 2);
  });
});
