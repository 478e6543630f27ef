import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model, regularizers, sequential } from '@tensorflow/tfjs-layers';
import { quantLstm } from '@lowbit/quant-core';
import { beforeAll, expect, it } from 'vitest';
import { penalties } from './penalties.js';

beforeAll(() => tf.setBackend('cpu'));

function dense(units: number) {
  const kernelRegularizer = regularizers.l1({ l1: 0.5 });
  return layers.dense({ units, kernelInitializer: 'ones', kernelRegularizer });
}

function values(net: Parameters<typeof penalties>[0]): number[] {
  const found = penalties(net).map((penalty) => {
    const [value] = penalty.dataSync();
    penalty.dispose();
    return value!;
  });
  net.dispose();
  return found;
}

it('finds those of a sequential model, also inside of another', () => {
  const inner = sequential({ layers: [layers.inputLayer({ inputShape: [2] }), dense(3)] });
  const outer = sequential({ layers: [layers.inputLayer({ inputShape: [2] }), inner, dense(4)] });
  expect(values(outer)).toEqual([0.5 * 2 * 3, 0.5 * 3 * 4]);
});

it('counts a layer that is used twice once', () => {
  const [x, shared] = [input({ shape: [2] }), dense(2)];
  const y = shared.apply(shared.apply(x));
  expect(values(model({ inputs: x, outputs: y as typeof x }))).toEqual([0.5 * 2 * 2]);
});

it('finds those of both halves of a bidirectional layer', () => {
  const kernelRegularizer = regularizers.l1({ l1: 0.5 });
  const layer = quantLstm({ units: 1, kernelInitializer: 'ones', kernelRegularizer });
  const both = layers.bidirectional({ inputShape: [3, 2], layer, mergeMode: 'sum' });
  expect(values(sequential({ layers: [both] }))).toEqual([0.5 * 2 * 4, 0.5 * 2 * 4]);
});
