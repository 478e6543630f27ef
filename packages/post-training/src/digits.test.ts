import { quantizeModel } from '@lowbit/quant-core';
import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calibrateModel, correctBias, layerErrors, reestimateBatchNorm } from './index.js';
import { openDigits, trainedNet, type Digits } from './testing/helpers.js';

describe('a net that was trained on the digits', () => {
  let float: LayersModel;
  let data: Digits;
  let accuracy: number;

  beforeAll(async () => {
    await tf.setBackend('wasm');
    [float, data] = await Promise.all([trainedNet(), openDigits()]);
    accuracy = await data.accuracy(float);
  });

  afterAll(() => {
    float.dispose();
  });

  const lsq = (bits: number) => ({ quantizer: 'lsq', bits });
  const rest = (bits: number) => [
    { weights: lsq(bits), activations: lsq(bits) },
    { position: ['first', 'last'] as const, bits: 8 as const },
  ];

  it('is worth to be quantized', () => {
    expect(accuracy).toBeGreaterThan(0.93);
  });

  it('loses next to nothing at 8 bits, more at fewer, and the errors by layer say so', () =>
    leavesNoTensors(async () => {
      const found = [];
      for (const bits of [8, 4, 2]) {
        const quantized = quantizeModel(float, rest(bits));
        await calibrateModel(quantized, data.train);
        const [worst] = await layerErrors(float, quantized, data.train);
        found.push({ bits, worst: worst!.output, accuracy: await data.accuracy(quantized) });
        quantized.dispose();
      }
      expect(found[0]!.accuracy).toBeGreaterThan(accuracy - 0.01);
      expect(found[1]!.accuracy).toBeGreaterThan(accuracy - 0.1);
      expect(found.map(({ worst }) => worst)).toEqual(found.map(({ worst }) => worst).sort((a, b) => b - a));
    }));

  it('gets back some of what 2 bits cost, by new statistics and by corrected biases', () =>
    leavesNoTensors(async () => {
      const quantized = quantizeModel(float, [{ weights: lsq(2) }, { position: ['first', 'last'], bits: 'float' }]);
      const worst = async () => (await layerErrors(float, quantized, data.train))[0]!.output;
      const plain = await worst();
      expect(await reestimateBatchNorm(quantized, data.train)).toEqual(['bn']);
      expect((await correctBias(float, quantized, data.train)).corrected).toEqual(['conv', 'hidden']);
      expect(await worst()).toBeGreaterThan(plain);
      quantized.dispose();
    }));
});
