import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../testing/helpers.js';
import { kernelNames } from '../testing/kernels.js';
import { LstmCell, LstmCellGrad } from './lstm-cell.js';
import { lstm } from './lstm.js';
import { quantLstm } from './quant-recurrent.js';
import type { LstmArgs } from './stock.js';

beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.setBackend('cpu'));

type Recurrent = ReturnType<typeof layers.lstm>;

/** The result and the gradient of every weight. */
function outcome(layer: Recurrent, weights: tf.Tensor[] | undefined, x: tf.Tensor): number[][] {
  const results = tf.tidy(() => {
    layer.apply(x);
    if (weights) layer.setWeights(weights);
    const loss = () => tf.sum(tf.square(layer.apply(x) as tf.Tensor)) as tf.Scalar;
    const y = layer.apply(x) as tf.Tensor;
    const { grads } = tf.variableGrads(loss);
    const gradients = layer.trainableWeights.map((weight) => grads[(weight.read() as tf.Variable).name]!);
    return [y, ...gradients].map((tensor) => [...tensor.dataSync()]);
  });
  return results;
}

const runs = (layer: Recurrent, x: tf.Tensor) =>
  kernelNames(() => tf.variableGrads(() => tf.sum(layer.apply(x) as tf.Tensor) as tf.Scalar));

describe('lstm', () => {
  it.each<[string, Partial<LstmArgs>]>([
    ['as it comes', {}],
    ['with sequences', { returnSequences: true, recurrentActivation: 'sigmoid' }],
    ['without a bias, backwards', { useBias: false, goBackwards: true }],
    ['with what it has no kernel for', { activation: 'relu' }],
  ])('computes what the stock layer does, %s', (_, options) =>
    leavesNoTensors(() => {
      const x = tf.randomNormal([3, 5, 4], 0, 1, 'float32', 3);
      const [stock, own] = [
        layers.lstm({ units: 6, ...options }),
        lstm({ units: 6, ...options }) as never as Recurrent,
      ];
      const expected = outcome(stock, undefined, x);
      const actual = outcome(own, stock.getWeights(), x);
      actual.forEach((values, i) => expectClose(values, expected[i]!, 2e-5));
      stock.dispose();
      own.dispose();
      x.dispose();
    }),
  );

  it('runs the kernel, quantized or not', async () => {
    const x = tf.ones([2, 3, 4]);
    const quantizer = { quantizer: 'dorefa', bits: 2 };
    for (const layer of [lstm({ units: 5 }), quantLstm({ units: 5, kernelQuantizer: quantizer })]) {
      const stock = layer as never as Recurrent;
      tf.tidy(() => void stock.apply(x));
      const names = await runs(stock, x);
      expect(names.filter((name) => name === LstmCell)).toHaveLength(3);
      expect(names.filter((name) => name === LstmCellGrad)).toHaveLength(3);
      stock.dispose();
    }
    x.dispose();
  });

  it('drops as the stock layer does', async () => {
    const x = tf.ones([2, 3, 4]);
    const layer = lstm({ units: 5, dropout: 0.5 }) as never as Recurrent;
    tf.tidy(() => void layer.apply(x));
    expect(await runs(layer, x)).not.toContain(LstmCell);
    tf.dispose([x, ...layer.getWeights()]);
  });

  it('is saved as the stock layer, and trains', async () => {
    const model = sequential({
      layers: [
        layers.inputLayer({ inputShape: [3, 2] }),
        lstm({ units: 4, name: 'memory' }) as never,
        layers.dense({ units: 1 }),
      ],
    });
    const loaded = await loadLayersModel(tf.io.fromMemory({ modelTopology: model.toJSON(null, false) as object }));
    const config = (layer: { getConfig(): object }) =>
      JSON.stringify(layer.getConfig(), (_, value: unknown) => value ?? null);
    expect(config(loaded.layers[1]!)).toBe(config(layers.lstm({ units: 4, name: 'memory' })));
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    const { history } = await model.fit(tf.ones([8, 3, 2]), tf.ones([8, 1]), { epochs: 5, verbose: 0 });
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0] as number);
  });
});
