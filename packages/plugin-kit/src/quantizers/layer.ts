import { quantActivation, quantConv2d, quantDense, useRegistry } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { rule } from '../rule.js';
import { savedModel } from '../saved-model.js';
import { firstDifference, normal } from '../values.js';
import type { QuantizerSubject } from './subject.js';

const serialized = rule<QuantizerSubject>(
  'a layer with it trains, is saved, and computes the same when tf.loadLayersModel has loaded it',
  async (subject, on) => {
    if (!subject.registry) return;
    const before = useRegistry(subject.registry);
    try {
      await on(`a model of one layer at ${subject.quantizer.bits} bits`, async (broken) => {
        const tensors = tf.memory().numTensors;
        const model = modelOf(subject);
        const shape = [3, ...model.inputs[0]!.shape.slice(1)] as number[];
        const x = tf.tensor(normal(tf.util.sizeFromShape(shape), 3), shape);
        let loaded: LayersModel | undefined;
        try {
          tf.dispose(model.apply(x, { training: true }) as tf.Tensor);
          loaded = await loadLayersModel(await savedModel(model));
          const [expected, received] = [model, loaded].map((each) =>
            tf.tidy(() => (each.predict(x) as tf.Tensor).dataSync()),
          );
          const wrong = firstDifference(expected!, received!);
          if (wrong >= 0) throw broken(`${expected![wrong]} at [${wrong}], as before it was saved`, received![wrong]);
          checkState(subject, loaded, broken);
        } finally {
          model.dispose();
          loaded?.dispose();
          x.dispose();
        }
        const left = tf.memory().numTensors - tensors;
        if (left !== 0) throw broken('no tensor left when both models are disposed of', `${left} left`);
      });
    } finally {
      useRegistry(before);
    }
  },
);

/** The quantizer in the layer that is for its role. */
function modelOf({ quantizer, role, shape }: QuantizerSubject): LayersModel {
  const inputShape = role === 'weights' ? [...shape.slice(0, -1)] : [...shape.slice(1)];
  if (role === 'activations') return sequential({ layers: [quantActivation({ inputShape, quantizer })] });
  const units = shape.at(-1)!;
  if (role === 'gradients')
    return sequential({ layers: [quantDense({ inputShape, units, gradientQuantizer: quantizer })] });
  if (shape.length === 2)
    return sequential({ layers: [quantDense({ inputShape, units, kernelQuantizer: quantizer })] });
  const [height, width, channels] = shape.length === 4 ? shape : [3, 3, 4];
  return sequential({
    layers: [
      quantConv2d({
        inputShape: [height! + 1, width! + 1, channels!],
        filters: units,
        kernelSize: [height!, width!],
        kernelQuantizer: quantizer,
      }),
    ],
  });
}

function checkState(
  { quantizer, role }: QuantizerSubject,
  model: LayersModel,
  broken: (expected: string, received: unknown) => Error,
): void {
  const names = model.weights.map(({ originalName }) => originalName.split('/').at(-1)!);
  const missing = (quantizer.state ?? []).find(({ name }) => !names.includes(`${role}_${name}`));
  if (missing) throw broken(`a weight '${role}_${missing.name}' of the layer`, names);
}

/** What a model with the quantizer in it promises. */
export const layerRules = [serialized];
