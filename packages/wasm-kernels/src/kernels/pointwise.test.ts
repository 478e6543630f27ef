import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index.js';
import { difference, noise, on, run } from '../testing.js';

beforeAll(() => tf.setBackend('wasm'));

const pointwise = fc.record({
  batch: fc.integer({ min: 0, max: 3 }),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 9 }),
  // around the tiles of 4 and 8, and beyond what is taken at once
  channels: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(32, 64, 257, 300)),
  filters: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(8, 32, 64, 200)),
  stride: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer({ min: 1, max: 1000 }),
});

type Pointwise = typeof pointwise extends fc.Arbitrary<infer T> ? T : never;

function parts({ batch, height, width, channels, filters, stride, seed }: Pointwise) {
  const inputShape: [number, number, number, number] = [batch, height, width, channels];
  const outShape = [batch, Math.ceil(height / stride), Math.ceil(width / stride), filters];
  const attrs = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
  return {
    inputShape,
    attrs,
    x: () => noise(inputShape, seed),
    filter: () => noise([1, 1, channels, filters], seed + 1),
    bias: () => noise([filters], seed + 2),
    dy: () => noise(outShape, seed + 3),
  };
}

function agrees(make: (p: Pointwise) => () => tf.Tensor): void {
  fc.assert(
    fc.property(pointwise, (p) => {
      const kernel = make(p);
      expect(difference(on('wasm', kernel), on('cpu', kernel))).toBeLessThan(1e-5);
    }),
    { numRuns: 120 },
  );
}

describe('a 1×1 convolution equals that of the cpu backend', () => {
  it('forward', () =>
    agrees((p) => () => {
      const { x, filter, attrs } = parts(p);
      return run('Conv2D', { x: x(), filter: filter() }, attrs);
    }));

  it('forward, with a bias', () =>
    agrees((p) => () => {
      const { x, filter, bias, attrs } = parts(p);
      return run('FusedConv2D', { x: x(), filter: filter(), bias: bias() }, { ...attrs, activation: 'linear' });
    }));

  it('by its input', () =>
    agrees((p) => () => {
      const { dy, filter, attrs, inputShape } = parts(p);
      return run('Conv2DBackpropInput', { dy: dy(), filter: filter() }, { ...attrs, inputShape });
    }));

  it('by its filter', () =>
    agrees((p) => () => {
      const { x, dy, attrs } = parts(p);
      return run(
        'Conv2DBackpropFilter',
        { x: x(), dy: dy() },
        { ...attrs, filterShape: [1, 1, p.channels, p.filters] },
      );
    }));

  it.each(['relu', 'relu6', 'elu'])('with %s, which is left to TF.js', (activation) =>
    agrees((p) => () => {
      const { x, filter, bias, attrs } = parts(p);
      return run('FusedConv2D', { x: x(), filter: filter(), bias: bias() }, { ...attrs, activation });
    }),
  );
});
