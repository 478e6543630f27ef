import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import { sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { lsqActivations, lsqWeights, quantActivation, quantDense, withObserver, withPrecision } from '../index.js';
import { expectClose } from '../testing/helpers.js';

const x = [
  [1, -2],
  [3, 4],
];

function network() {
  const act = quantActivation({ name: 'act', quantizer: lsqActivations({ bits: 2 }), inputShape: [2] });
  const fc = quantDense({ name: 'fc', units: 3, kernelQuantizer: lsqWeights({ bits: 4, granularity: 'channel' }) });
  return { model: sequential({ layers: [act, fc] }), act, fc };
}

const valueOf = (model: ReturnType<typeof network>['model'], name: string) => [
  ...model.weights
    .find((weight) => weight.originalName.endsWith(name))!
    .read()
    .dataSync(),
];

describe('state of a quantizer in a layer', () => {
  it('is made from the data of the first forward pass in training, and then kept', () => {
    const { model, act, fc } = network();
    expect([act.slot.calibrated, fc.slots.get('kernelQuantizer')!.calibrated]).toEqual([false, false]);
    tf.tidy(() => void model.apply(tf.tensor2d(x), { training: true }));
    // 2·mean|x|/√3
    expectClose(valueOf(model, 'activations_step'), [(2 * 2.5) / Math.sqrt(3)]);
    expect(valueOf(model, 'weights_step')).toHaveLength(3);
    expect(valueOf(model, 'activations_calibrated')).toEqual([1]);
    tf.tidy(() => void model.apply(tf.mul(tf.tensor2d(x), 9), { training: true }));
    expectClose(valueOf(model, 'activations_step'), [(2 * 2.5) / Math.sqrt(3)]);
    model.dispose();
  });

  it('is not made where the scope leaves values float, nor without training', () => {
    const { model, act } = network();
    tf.tidy(() => {
      withPrecision({ activations: 'float', weights: 'float' }, () => model.apply(tf.tensor2d(x), { training: true }));
      model.apply(tf.tensor2d(x), { training: false });
    });
    expect(act.slot.calibrated).toBe(false);
    expect(valueOf(model, 'activations_step')).toEqual([1]);
    model.dispose();
  });

  it('until then fits what it is given', () =>
    leavesNoTensors(() => {
      const { model, act } = network();
      const quantizer = lsqActivations({ bits: 2 });
      tf.tidy(() => {
        const given = tf.tensor2d(x);
        const seen = (act.apply(given, { training: false }) as unknown as tf.Tensor).dataSync();
        expect(seen).toEqual(quantizer.quantize(given).dataSync());
      });
      model.dispose();
    }));

  it('can be made from several batches, without a tensor left', () => {
    const { model, act } = network();
    const batches = [tf.ones([1, 2]), tf.fill([5, 2], 3)];
    const before = tf.memory().numTensors;
    act.slot.calibrate(batches);
    expect(tf.memory().numTensors).toBe(before);
    expectClose(valueOf(model, 'activations_step'), [4 / Math.sqrt(3)]);
    tf.dispose(batches);
    model.dispose();
  });
});

describe('withObserver', () => {
  it('tells of every application, and ends with the pass', () => {
    const { model } = network();
    const seen: string[] = [];
    tf.tidy(() => {
      const input = tf.tensor2d(x);
      withObserver(
        ({ layer, role, x: given, result }) => seen.push(`${layer} ${role} [${given.shape}] [${result.shape}]`),
        () => model.apply(input),
      );
      model.apply(input);
    });
    expect(seen).toEqual(['act activations [2,2] [2,2]', 'fc weights [2,3] [2,3]']);
    model.dispose();
  });
});
