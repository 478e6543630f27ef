import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import '../index.js';
import { difference, noise, on, run, slopeRatio } from '../testing.js';

beforeAll(() => tf.setBackend('wasm'));

// so many images that there are always enough tiles
const geometry = fc.record({
  batch: fc.integer({ min: 16, max: 18 }),
  height: fc.integer({ min: 3, max: 11 }),
  width: fc.integer({ min: 3, max: 11 }),
  channels: fc.constantFrom(8, 16, 24),
  filters: fc.constantFrom(8, 16, 24),
  pad: fc.constantFrom<'same' | 'valid' | number>('same', 'valid', 1, 2),
  seed: fc.integer({ min: 1, max: 1000 }),
});

type Shape4D = [number, number, number, number];

/** The three kernels of one convolution, by name. */
function kernels(g: { input: Shape4D; filter: Shape4D; pad: 'same' | 'valid' | number }, make: Maker) {
  const { outShape } = tf.backend_util.computeConv2DInfo(g.input, g.filter, 1, 1, g.pad);
  const attrs = {
    strides: 1,
    pad: g.pad,
    dataFormat: 'NHWC',
    dilations: 1,
    inputShape: g.input,
    filterShape: g.filter,
  };
  return {
    forward: () => run('FusedConv2D', { x: make(g.input), filter: make(g.filter), bias: make([g.filter[3]]) }, attrs),
    input: () => run('Conv2DBackpropInput', { dy: make(outShape), filter: make(g.filter) }, attrs),
    filter: () => run('Conv2DBackpropFilter', { x: make(g.input), dy: make(outShape) }, attrs),
  };
}

const names = ['forward', 'input', 'filter'] as const;

type Maker = (shape: number[]) => tf.Tensor;

const integers: Maker = (shape) => tf.tidy(() => tf.round(tf.mul(noise(shape, 3), 7)));

/** Noise, with `value` in the middle of the first tensor. */
function noiseAround(value: number): Maker {
  let isFirst = true;
  return (shape) => {
    const values = tf.tidy(() => noise(shape, 4).dataSync());
    if (isFirst) values[Math.floor(values.length / 2)] = value;
    isFirst = false;
    return tf.tensor(values, shape);
  };
}

describe('3×3 convolutions by minimal filtering', () => {
  it.each(names)('equal those of the cpu backend: %s', (name) => {
    fc.assert(
      fc.property(geometry, ({ batch, height, width, channels, filters, pad, seed }) => {
        const shapes = {
          input: [batch, height, width, channels] as Shape4D,
          filter: [3, 3, channels, filters] as Shape4D,
          pad,
        };
        const make = kernels(shapes, (shape) => noise(shape, seed + shape.length + shape.at(-1)!))[name];
        expect(difference(on('wasm', make), on('cpu', make))).toBeLessThan(1e-5);
      }),
      { numRuns: 20 },
    );
  });

  const shapes = { input: [4, 9, 10, 8] as Shape4D, filter: [3, 3, 8, 16] as Shape4D, pad: 'same' as const };

  it.each(names)('are exact on small integers: %s', (name) => {
    const make = kernels(shapes, integers)[name];
    expect(difference(on('wasm', make), on('cpu', make))).toBe(0);
  });

  it.each([
    { name: 'NaN', value: NaN },
    { name: 'an infinity', value: -Infinity },
    { name: 'what overflows only on the way', value: 3e38 },
  ])('pass $name on as the cpu backend does', ({ value }) => {
    for (const name of names) {
      const kinds = (backend: 'wasm' | 'cpu') =>
        on(backend, kernels(shapes, noiseAround(value))[name]).values.map((v) => (Number.isFinite(v) ? 0 : v));
      const theirs = kinds('cpu');
      expect(theirs.some((v) => v !== 0)).toBe(!Number.isFinite(value));
      expect(kinds('wasm')).toEqual(theirs);
    }
  });

  it('have gradients that are the slopes of the convolution', () => {
    const ratio = slopeRatio(
      (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
      [shapes.input, shapes.filter],
    );
    expect(ratio).toBeCloseTo(1, 2);
  });
});
