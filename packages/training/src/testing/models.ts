import { API_VERSION, definePlugin, factory, type ModelContext } from '@lowbit/plugin-api';
import { deriveSeed } from '@lowbit/data';
import { dorefaActivations, dorefaWeights, quantActivation, quantDense } from '@lowbit/quant-core';
import { initializers, layers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';

/** A W1A2 net for the digits: small enough for the cpu backend, with all that a checkpoint must keep. */
export function tinyModel(
  { units = 16 }: { units?: number },
  { inputShape, classes, seed }: ModelContext,
): LayersModel {
  const kernelInitializer = (name: string) => initializers.glorotUniform({ seed: deriveSeed(seed, name) });
  const batchNorm = (name: string) => layers.batchNormalization({ name, momentum: 0.9 });
  return sequential({
    name: 'tiny',
    layers: [
      layers.flatten({ name: 'flatten', inputShape: [...inputShape] }),
      layers.dense({ name: 'first', units, useBias: false, kernelInitializer: kernelInitializer('first') }),
      batchNorm('first-bn'),
      quantActivation({ name: 'act', quantizer: dorefaActivations({ bits: 2 }) }),
      quantDense({
        name: 'middle',
        units,
        useBias: false,
        kernelInitializer: kernelInitializer('middle'),
        kernelQuantizer: dorefaWeights({ bits: 1 }),
      }),
      batchNorm('middle-bn'),
      layers.dense({ name: 'logits', units: classes, kernelInitializer: kernelInitializer('logits') }),
    ],
  });
}

/** What tests train, in a module of its own, so that workers can import it. */
export default definePlugin({
  name: 'test-models',
  apiVersion: API_VERSION,
  models: { tiny: factory(z.strictObject({ units: z.int().optional() }), tinyModel) },
});
