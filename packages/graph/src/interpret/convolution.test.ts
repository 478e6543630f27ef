import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Operations, Pads } from '../graph.js';
import { windowCount } from '../shapes.js';
import { codedWeights, codes, evaluate, expectClose, floats, random, seeds, upTo, weights } from '../testing/nodes.js';

beforeAll(() => tf.setBackend('cpu'));

const plain = { kernel: 'k', strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;

const sides = fc.tuple(upTo(7), upTo(7));
const pads = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2));

const cases = fc
  .record({
    size: sides,
    window: fc.tuple(upTo(3), upTo(3)),
    strides: fc.tuple(upTo(3), upTo(3)),
    dilations: fc.tuple(upTo(2), upTo(2)),
    pads,
    groups: upTo(3),
    depth: upTo(3),
    perGroup: upTo(3),
    seed: seeds,
  })
  // TensorFlow.js takes strides or dilations, not both
  .map((it) => ({
    ...it,
    dilations: it.strides.some((stride) => stride > 1) ? ([1, 1] as [number, number]) : it.dilations,
  }))
  .filter(({ size, window, strides, dilations, pads: [top, left, bottom, right] }) => {
    const rows = windowCount(size[0], window[0], strides[0], top + bottom, dilations[0]);
    return rows > 0 && windowCount(size[1], window[1], strides[1], left + right, dilations[1]) > 0;
  });

function explicit([top, left, bottom, right]: Pads): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

describe('conv2d', () => {
  it('is the convolution of TensorFlow.js, group by group', () => {
    fc.assert(
      fc.property(cases, ({ size, window, strides, dilations, pads, groups, depth, perGroup, seed }) => {
        const shape = [...size, groups * depth];
        const kernelShape = [...window, depth, groups * perGroup];
        const [x, kernel] = [random(shape, seed), random(kernelShape, seed + 1)];
        const attributes = { kernel: 'k', strides, pads, dilations, groups };
        const y = evaluate('conv2d', attributes, [floats(shape, x)], { k: weights(kernelShape, kernel) });
        tf.tidy(() => {
          const images: tf.Tensor4D[] = tf.split(tf.tensor4d(x, [1, ...size, groups * depth]), groups, 3);
          const kernels: tf.Tensor4D[] = tf.split(
            tf.tensor4d(kernel, kernelShape as [number, number, number, number]),
            groups,
            3,
          );
          const each = images.map((image, group) =>
            tf.conv2d(image, kernels[group]!, strides, explicit(pads), 'NHWC', dilations, 'floor'),
          );
          const expected = tf.concat(each, 3);
          expectClose(y, expected.shape.slice(1), expected.dataSync());
        });
      }),
      { numRuns: 150 },
    );
  });

  it('of as many groups as channels is the depthwise convolution', () => {
    const [x, kernel] = [random([5, 6, 3], 1), random([3, 3, 3, 2], 2)];
    const attributes = { ...plain, pads: [1, 1, 1, 1], strides: [2, 2], groups: 3 } as const;
    const y = evaluate('conv2d', attributes, [floats([5, 6, 3], x)], { k: weights([3, 3, 1, 6], kernel) });
    tf.tidy(() => {
      const padded = tf.pad(tf.tensor3d(x, [5, 6, 3]), [
        [1, 1],
        [1, 1],
        [0, 0],
      ]) as tf.Tensor3D;
      const expected = tf.depthwiseConv2d(padded, tf.tensor4d(kernel, [3, 3, 3, 2]), [2, 2], 'valid');
      expectClose(y, expected.shape, expected.dataSync());
    });
  });

  it('of [width, channels] by a kernel of height 1 is conv1d', () => {
    const [x, kernel] = [random([9, 2], 3), random([1, 4, 2, 3], 4)];
    const attributes = { ...plain, pads: [0, 1, 0, 2], strides: [1, 2] } as const;
    const y = evaluate('conv2d', attributes, [floats([9, 2], x)], { k: weights([1, 4, 2, 3], kernel) });
    tf.tidy(() => {
      const padded = tf.pad(tf.tensor2d(x, [9, 2]), [
        [1, 2],
        [0, 0],
      ]) as tf.Tensor2D;
      const expected = tf.conv1d(padded, tf.tensor3d(kernel, [4, 2, 3]), 2, 'valid');
      expectClose(y, expected.shape, expected.dataSync());
    });
  });

  it('rounds each product and each sum to float32, by rows, columns, then channels', () => {
    // 2²⁴ + 1 is no float32: 1 is lost when it comes second, kept when the large ones cancel first
    const run = (values: number[], shape: number[], kernel: number[]) => [
      ...evaluate('conv2d', plain, [floats(shape, values)], { k: weights(kernel, [1, 1, 1]) }).data,
    ];
    for (const [shape, kernel] of [
      [
        [3, 1, 1],
        [3, 1, 1, 1],
      ],
      [
        [1, 3, 1],
        [1, 3, 1, 1],
      ],
      [
        [1, 1, 3],
        [1, 1, 3, 1],
      ],
    ] as const) {
      expect(run([2 ** 24, 1, -(2 ** 24)], [...shape], [...kernel])).toEqual([0]);
      expect(run([2 ** 24, -(2 ** 24), 1], [...shape], [...kernel])).toEqual([1]);
    }
    const tenth = Math.fround(0.1);
    const product = evaluate('conv2d', plain, [floats([1, 1, 1], [0.1])], { k: weights([1, 1, 1, 1], [0.1]) });
    expect(product.data[0]).toBe(Math.fround(tenth * tenth));
  });

  it('takes a row of the kernel before the next', () => {
    const x = floats([2, 2, 1], [2 ** 24, 1, -(2 ** 24), 1]);
    const y = evaluate('conv2d', plain, [x], { k: weights([2, 2, 1, 1], [1, 1, 1, 1]) });
    expect(y.data[0]).toBe(1); // column by column it would be 2
  });

  it('skips what lies outside: an infinite weight does not meet a 0 there', () => {
    const attributes: Operations['conv2d'] = { ...plain, pads: [0, 1, 0, 0] };
    const y = evaluate('conv2d', attributes, [floats([1, 1, 1], [3])], { k: weights([1, 2, 1, 1], [Infinity, 2]) });
    expect([...y.data]).toEqual([6]);
  });
});

describe('conv2d of integers', () => {
  const unsigned = { integers: Array.from({ length: 256 }, (_, code) => code), scale: 0.5 };
  const signed = { integers: Array.from({ length: 256 }, (_, code) => code - 128) };

  it('is exact at the extremes, and rounded once', () => {
    const depth = 4608;
    const x = codes([1, 1, depth], new Uint8Array(depth).fill(255), unsigned);
    for (const [code, weight] of [
      [255, 127],
      [0, -128],
    ] as const) {
      const k = codedWeights([1, 1, depth, 1], new Uint8Array(depth).fill(code), signed);
      expect(evaluate('conv2d', plain, [x], { k }).data[0]).toBe(Math.fround(255 * weight * depth));
    }
    // float32 would have lost the ones among sums beyond 2²⁴
    const mixed = codedWeights([1, 1, depth, 1], new Uint8Array(depth).fill(255).fill(129, 2304), signed);
    expect(evaluate('conv2d', plain, [x], { k: mixed }).data[0]).toBe(255 * 127 * 2304 + 255 * 1 * 2304);
  });

  it('leaves the scale of the codes to the node, which multiplies, then adds the bias', () => {
    const x = codes([1, 1, 2], [3, 5], unsigned);
    const k = codedWeights([1, 1, 2, 2], [127, 129, 129, 130], signed); // −1 1 / 1 2
    const y = evaluate('conv2d', { ...plain, scale: 's', bias: 'b' }, [x], {
      k,
      s: weights([2], [-0.1, 0.3]),
      b: weights([2], [0.7, 0.2]),
    });
    const expected = [2, 13].map((sum, channel) => {
      const scale = Math.fround([-0.1, 0.3][channel]!);
      return Math.fround(Math.fround(sum * scale) + Math.fround([0.7, 0.2][channel]!));
    });
    expect([...y.data]).toEqual(expected);
  });

  it('takes one scale for all channels', () => {
    const x = codes([1, 1, 1], [3], unsigned);
    const k = codedWeights([1, 1, 1, 2], [129, 130], signed);
    const y = evaluate('conv2d', { ...plain, scale: 's' }, [x], { k, s: weights([1], [0.5]) });
    expect([...y.data]).toEqual([1.5, 3]);
  });

  it('by float weights multiplies the integers as float32', () => {
    const x = codes([1, 1, 2], [255, 1], unsigned);
    const y = evaluate('conv2d', plain, [x], { k: weights([1, 1, 2, 1], [0.1, 0.2]) });
    const [a, b] = [Math.fround(255 * Math.fround(0.1)), Math.fround(0.2)];
    expect([...y.data]).toEqual([Math.fround(a + b)]);
  });

  it('of values, and by code books of blocks, is a float convolution', () => {
    const x = codes([1, 1, 2], [1, 0], { values: [0.25, -1.5] });
    const levels = { values: Float32Array.of(-1, 1, -10, 10), grid: [1, 1, 1, 2] };
    const y = evaluate('conv2d', plain, [x], { k: codedWeights([1, 1, 2, 4], [0, 1, 0, 1, 1, 1, 0, 0], levels) });
    expect([...y.data]).toEqual([1.5 + 0.25, -1.5 + 0.25, 15 - 2.5, -15 - 2.5]);
  });
});

describe('convTranspose2d', () => {
  it('is that of TensorFlow.js', () => {
    const transposed = fc.record({
      size: sides,
      window: fc.tuple(upTo(4), upTo(4)),
      strides: fc.tuple(upTo(3), upTo(3)),
      channels: upTo(3),
      filters: upTo(3),
      same: fc.boolean(),
      seed: seeds,
    });
    fc.assert(
      fc.property(transposed, ({ size, window, strides, channels, filters, same, seed }) => {
        const outputShape = size.map((side, axis) =>
          same ? side * strides[axis]! : (side - 1) * strides[axis]! + window[axis]!,
        ) as [number, number];
        const zeros = size.map((side, axis) =>
          Math.max(0, (side - 1) * strides[axis]! + window[axis]! - outputShape[axis]!),
        ) as [number, number];
        const [top, left] = zeros.map((count) => Math.floor(count / 2)) as [number, number];
        const shape = [...size, channels];
        const kernelShape = [...window, filters, channels] as [number, number, number, number];
        const [x, kernel] = [random(shape, seed), random(kernelShape, seed + 1)];
        const attributes = {
          kernel: 'k',
          strides,
          outputShape,
          pads: [top, left, zeros[0] - top, zeros[1] - left],
        } as const;
        const y = evaluate('convTranspose2d', attributes, [floats(shape, x)], {
          k: weights(kernelShape, kernel),
        });
        tf.tidy(() => {
          const expected = tf.conv2dTranspose(
            tf.tensor3d(x, [...size, channels]),
            tf.tensor4d(kernel, kernelShape),
            [...outputShape, filters],
            strides,
            same ? 'same' : 'valid',
          );
          expectClose(y, expected.shape, expected.dataSync());
        });
      }),
      { numRuns: 100 },
    );
  });
});
