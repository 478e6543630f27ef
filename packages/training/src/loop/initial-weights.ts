import { LowbitError } from '@lowbit/plugin-api';
import { isStateName, quantizerStates } from '@lowbit/quant-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { assignWeights, namedWeights, type NamedArrays } from './weights.js';

/**
 * Loads what a model begins its training with: the weights of another, with the same layers and any quantizers or none, as few-bit nets
 * are commonly fine-tuned from a float one. Quantizers' state is not taken, since it is of another family or of other bits: it is made
 * anew, where the family makes it from data then from these weights.
 *
 * @throws LowbitError ('config') a weight that is missing, of another shape, or not the model's; nothing is then loaded
 */
export function beginWith(model: LayersModel, weights: NamedArrays): void {
  const states = quantizerStates(model);
  const { all } = namedWeights(model);
  const own = Object.fromEntries(Object.entries(all).filter(([name]) => !states.has(name)));
  const given = Object.fromEntries(
    Object.entries(weights).filter(([name]) => name in own || !isStateName(name.slice(name.lastIndexOf('/') + 1))),
  );
  assignWeights(own, given, 'initialWeights');
}

/** @throws LowbitError ('usage') an experiment that names its initial weights, without them */
export function checkInitialWeights(named: string | undefined, given: NamedArrays | undefined): void {
  if (named === undefined || given) return;
  const hint = 'give train what readWeights reads from there, as its option initialWeights';
  throw new LowbitError('usage', {
    what: 'the experiment begins with weights that were not read',
    where: 'experiment at initialWeights',
    received: named,
    hint,
  });
}
