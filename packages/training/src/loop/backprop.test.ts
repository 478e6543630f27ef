import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { frugalVariableGrads } from './backprop.js';

const LENGTH = 12;

/** LENGTH operations one after the other, each of which saves what it is given, and how many tensors there are at each on the way back. */
function chain(x: tf.Tensor, counts: number[]): tf.Scalar {
  const squared = tf.customGrad((input, save) => {
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
      counts.push(tf.memory().numTensors);
      return tf.tidy(() => tf.mul(dy, tf.mul(saved!, 2)));
    };
    return { value: tf.square(input as tf.Tensor), gradFunc };
  });
  let y = x;
  for (let i = 0; i < LENGTH; i++) y = squared(y);
  return tf.sum(y);
}

function gradientOf(take: typeof frugalVariableGrads, loss: (w: tf.Variable) => tf.Scalar): number[] {
  const w = tf.variable(tf.tensor1d([1.01, 0.98]));
  const before = tf.memory().numTensors;
  const { value, grads } = take(() => loss(w), [w]);
  const gradient = [...grads[w.name]!.dataSync()];
  tf.dispose([value, ...Object.values(grads)]);
  expect(tf.memory().numTensors).toBe(before);
  w.dispose();
  return gradient;
}

describe('frugalVariableGrads', () => {
  it('holds fewer tensors the further back it is, where variableGrads holds ever more', () => {
    const [plain, frugal]: [number[], number[]] = [[], []];
    const expected = gradientOf(tf.variableGrads, (w) => chain(w, plain));
    expect(gradientOf(frugalVariableGrads, (w) => chain(w, frugal))).toEqual(expected);
    expect(plain.at(-1)! - plain[0]!).toBeGreaterThanOrEqual(LENGTH - 1);
    expect(frugal.at(-1)! - frugal[0]!).toBeLessThanOrEqual(2 - LENGTH);
  });

  it('keeps a gradient that is passed on as it is, also to several inputs', () => {
    const both = tf.customGrad((a, b) => ({
      value: tf.add(a as tf.Tensor, b as unknown as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => [dy, dy],
    }));
    const loss = (w: tf.Variable) => {
      const [a, b] = [tf.mul(w, 3), tf.exp(w)];
      return tf.sum(tf.mul(both(both(a, b), tf.square(w)), w)) as tf.Scalar;
    };
    expect(gradientOf(frugalVariableGrads, loss)).toEqual(gradientOf(tf.variableGrads, loss));
  });

  it.each(['forward', 'backward'])('leaves nothing of a pass %s that fails', (way) => {
    const w = tf.variable(tf.tensor1d([1.01, 0.98]));
    const failing = tf.customGrad((input) => {
      const fail = (): never => {
        throw new Error('no room');
      };
      return { value: way === 'forward' ? fail() : tf.square(input as tf.Tensor), gradFunc: fail };
    });
    const before = tf.memory().numTensors;
    const loss = () => chain(failing(chain(w, [])), []);
    expect(() => tf.tidy(() => frugalVariableGrads(loss, [w]))).toThrow('no room');
    expect(tf.memory().numTensors).toBe(before);
    const { value, grads } = frugalVariableGrads(() => chain(w, []), [w]);
    tf.dispose([value, grads, w]);
    expect(tf.memory().numTensors).toBe(before - 1);
  });

  it('works within another gradient', () => {
    const w = tf.variable(tf.scalar(3));
    const outer = tf.grad((x) => {
      const { value, grads } = frugalVariableGrads(() => tf.mul(tf.mul(w, w), x) as tf.Scalar, [w]);
      return tf.mul(value, grads[w.name]!);
    });
    const x = tf.scalar(2);
    expect(outer(x).dataSync()[0]).toBe(2 * 2 * 27 * 2);
    tf.disposeVariables();
  });
});
