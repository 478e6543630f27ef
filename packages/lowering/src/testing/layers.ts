import * as tf from '@tensorflow/tfjs-core';
import { input, model as functional, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Layer } from '../layer.js';
import { compare, type Difference } from './compare.js';
import { free, randomize } from './models.js';

/** How far the graph of layers in a row, with random weights, is from the layers on three examples. */
export function compareLayers(inputShape: readonly number[], made: readonly Layer[]): Difference {
  const x = input({ shape: [...inputShape] });
  const outputs = made.reduce((value, layer) => layer.apply(value) as SymbolicTensor, x);
  const model = randomize(functional({ inputs: x, outputs }));
  const data = tf.randomNormal([3, ...inputShape], 0.3, 0.7, 'float32', 11);
  const found = compare(model, data);
  data.dispose();
  free(model);
  return found;
}
