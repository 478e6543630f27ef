import { API_VERSION, definePlugin, factory } from '@lowbit/plugin-api';
import { z } from 'zod';
import { meanSquaredError, softmaxCrossEntropy } from './losses.js';
import { clipByNorm, clipGradients, clipWeights } from './transforms/clip.js';
import { adam, momentum, rmsprop, sgd } from './transforms/optimizers.js';
import { weightDecay } from './transforms/weight-decay.js';

const fraction = z.number().min(0).lt(1);
const positive = z.number().positive();

/** This package as a plugin: optimizers and other gradient transforms, weight transforms, losses. */
export const plugin = definePlugin({
  name: '@lowbit/training',
  apiVersion: API_VERSION,
  gradientTransforms: {
    sgd: factory(z.strictObject({}), sgd),
    momentum: factory(
      z.strictObject({ momentum: fraction.default(0.9), nesterov: z.boolean().default(false) }),
      momentum,
    ),
    adam: factory(
      z.strictObject({ beta1: fraction.default(0.9), beta2: fraction.default(0.999), epsilon: positive.default(1e-7) }),
      adam,
    ),
    rmsprop: factory(
      z.strictObject({ decay: fraction.default(0.9), momentum: fraction.default(0), epsilon: positive.default(1e-7) }),
      rmsprop,
    ),
    'clip-by-norm': factory(z.strictObject({ norm: positive }), clipByNorm),
    'clip-by-value': factory(z.strictObject({ value: positive }), clipGradients),
    'weight-decay': factory(
      z.strictObject({ rate: z.number().nonnegative(), on: z.string().min(1).default('kernels') }),
      weightDecay,
    ),
  },
  weightTransforms: {
    clip: factory(
      z.strictObject({ value: positive.default(1), on: z.string().min(1).default('kernels') }),
      clipWeights,
    ),
  },
  losses: {
    'softmax-cross-entropy': factory(z.strictObject({ labelSmoothing: fraction.default(0) }), softmaxCrossEntropy),
    mse: factory(z.strictObject({}), meanSquaredError),
  },
});
