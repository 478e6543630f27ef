import { describeGradientTransform, describeLoss, describeWeightTransform } from '@lowbit/plugin-kit';
import '@tensorflow/tfjs-backend-wasm';
import { plugin } from './plugin.js';

const { gradientTransforms, losses, weightTransforms } = plugin;
const backends = ['wasm'];

describeGradientTransform(gradientTransforms.sgd, { backends });
describeGradientTransform(gradientTransforms.momentum, { options: { nesterov: true }, backends });
describeGradientTransform(gradientTransforms.adam, { backends });
describeGradientTransform(gradientTransforms.rmsprop, { options: { momentum: 0.9 }, backends });
describeGradientTransform(gradientTransforms['clip-by-norm'], { options: { norm: 1 }, backends });
describeGradientTransform(gradientTransforms['clip-by-value'], { options: { value: 0.5 }, backends });
describeGradientTransform(gradientTransforms['weight-decay'], { options: { rate: 0.1 }, backends });
describeWeightTransform(weightTransforms.clip, { backends });
describeLoss(losses['softmax-cross-entropy'], { options: { labelSmoothing: 0.1 }, backends });
describeLoss(losses.mse, { targets: 'values', backends });
