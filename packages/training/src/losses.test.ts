import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
// registers the gradients of core's ops
import '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meanSquaredError, softmaxCrossEntropy } from './losses.js';

describe.each(['cpu', 'wasm'])('losses on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));
  afterAll(() => tf.setBackend('cpu'));

  const logits = [
    [1, 2, -1],
    [0.5, 0, 3],
  ];
  const targets = [1, 0];

  /** Straight from the definition, in float64. */
  function reference(smoothing: number): number {
    const losses = logits.map((row, i) => {
      const total = row.reduce((sum, z) => sum + Math.exp(z), 0);
      const p = (c: number) => (c === targets[i] ? 1 - smoothing : 0) + smoothing / row.length;
      return -row.reduce((sum, z, c) => sum + p(c) * Math.log(Math.exp(z) / total), 0);
    });
    return losses.reduce((a, b) => a + b) / losses.length;
  }

  it.each([0, 0.1])('softmax cross-entropy, label smoothing %d', (labelSmoothing) => {
    const loss = tf.tidy(() =>
      softmaxCrossEntropy({ labelSmoothing })(tf.tensor2d(logits), tf.tensor1d(targets, 'int32')).dataSync(),
    );
    expect(loss[0]).toBeCloseTo(reference(labelSmoothing), 6);
  });

  it('softmax cross-entropy has the gradient (softmax − p) / batch', () => {
    const gradient = tf.tidy(() =>
      tf
        .grad((x) => softmaxCrossEntropy()(x, tf.tensor1d(targets, 'int32')))(tf.tensor2d(logits))
        .dataSync(),
    );
    const expected = logits.flatMap((row, i) => {
      const total = row.reduce((sum, z) => sum + Math.exp(z), 0);
      return row.map((z, c) => (Math.exp(z) / total - (c === targets[i] ? 1 : 0)) / 2);
    });
    expected.forEach((value, i) => expect(gradient[i]).toBeCloseTo(value, 6));
  });

  it('mean squared error takes targets [batch] for outputs [batch, 1]', () => {
    const loss = tf.tidy(() => meanSquaredError()(tf.tensor2d([[1], [4]]), tf.tensor1d([2, 2], 'int32')).dataSync());
    expect(loss[0]).toBe(2.5);
  });
});

describe('softmax cross-entropy in one kernel', () => {
  beforeAll(() => tf.setBackend('wasm'));
  afterAll(() => tf.setBackend('cpu'));

  /** Loss and gradient, value by value; −0 is told from 0. */
  function both(logits: number[][], targets: number[], labelSmoothing: number, dy = 1): (number | string)[][] {
    return tf.tidy(() => {
      const x = tf.tensor2d(logits);
      const y = tf.tensor1d(targets, 'int32');
      const { value, grad } = tf.valueAndGrad((at) => softmaxCrossEntropy({ labelSmoothing })(at, y))(x, tf.scalar(dy));
      return [value, grad].map((each) => Array.from(each.dataSync(), (v) => (Object.is(v, -0) ? '-0' : v)));
    });
  }

  /** What `body` gives where nothing can run in place on the backend's memory. */
  function byOps<T>(body: () => T): T {
    const { wasm } = tf.backend() as unknown as { wasm: { asm: object } };
    const { asm } = wasm;
    wasm.asm = { ...asm, memory: undefined };
    try {
      return body();
    } finally {
      wasm.asm = asm;
    }
  }

  const logit = fc.oneof(
    { arbitrary: fc.float({ min: -20, max: 20, noNaN: true }), weight: 12 },
    { arbitrary: fc.constantFrom(0, 100, -100, 3e38, -3e38, Infinity, -Infinity, NaN), weight: 1 },
  );
  const example = (classes: number) =>
    fc.tuple(fc.array(logit, { minLength: classes, maxLength: classes }), fc.integer({ min: 0, max: classes }));
  const examples = fc
    .integer({ min: 2, max: 12 })
    .chain((classes) => fc.array(example(classes), { minLength: 1, maxLength: 9 }));

  it('has the bits of the ops', () => {
    const before = tf.memory();
    fc.assert(
      fc.property(examples, fc.constantFrom(0, 0.1, 0.3), (batch, smoothing) => {
        const [logits, targets] = [batch.map(([row]) => row), batch.map(([, target]) => target)];
        const own = both(logits, targets, smoothing);
        expect(own).toEqual(byOps(() => both(logits, targets, smoothing)));
      }),
      { numRuns: 300, seed: 4 },
    );
    const { numTensors, numDataBuffers } = tf.memory();
    expect({ numTensors, numDataBuffers }).toEqual({
      numTensors: before.numTensors,
      numDataBuffers: before.numDataBuffers,
    });
  });

  it('has the slope of the loss in float64, times what comes from above', () => {
    const [logits, targets] = [
      [
        [0.3, -1.2, 2],
        [1.5, 0.2, -0.4],
      ],
      [2, 0],
    ];
    const loss = (rows: number[][]) =>
      rows.reduce((sum, row, i) => {
        const log = Math.log(row.reduce((all, z) => all + Math.exp(z), 0));
        return sum - row.reduce((all, z, c) => all + ((c === targets[i] ? 0.9 : 0) + 0.1 / 3) * (z - log), 0) / 2;
      }, 0);
    const h = 1e-5;
    const slopes = logits.flatMap((row, i) =>
      row.map((_, c) => {
        const moved = (by: number) => logits.map((each, j) => each.map((z, d) => (i === j && c === d ? z + by : z)));
        return (3 * (loss(moved(h)) - loss(moved(-h)))) / (2 * h);
      }),
    );
    const [, gradient] = both(logits, targets, 0.1, 3);
    slopes.forEach((slope, i) => expect(gradient![i]).toBeCloseTo(slope, 6));
  });

  it('stays finite where exponentials would not', () => {
    expect(both([[5000, -5000]], [0], 0)).toEqual([['-0'], [0, 0]]);
    expect(both([[5000, -5000]], [1], 0)).toEqual([[10000], [1, -1]]);
  });

  it('is what runs', async () => {
    const { kernels } = await tf.profile(() => tf.tidy(() => void both([[1, 2]], [1], 0)));
    const names = kernels.map(({ name }) => name).filter((name) => !['Identity', 'forward'].includes(name));
    expect(names).toEqual(['SoftmaxCrossEntropy', 'Multiply']);
  });

  it('leaves logits of other ranks to the ops', () => {
    const loss = tf.tidy(() => softmaxCrossEntropy()(tf.zeros([2, 3, 4]), tf.zeros([2, 3], 'int32')).dataSync()[0]);
    expect(loss).toBeCloseTo(Math.log(4), 6);
  });
});
