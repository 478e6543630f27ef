import quantCore from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { describe } from 'vitest';
import { describeQuantizer, type GradientPoint, type QuantizerOptions, type State, type Surrogate } from './index.js';

const { dorefa, lsq } = quantCore.quantizers;
const backends = ['wasm'];

/** DoReFa's weights: 2·(tanh x / (2·max|tanh x|) + ½) − 1 without the rounding; mean|x|·sign(x) passes straight through. */
const dorefaWeights: Surrogate = (x, _state, { bits }) => {
  if (bits === 1) return x;
  const t = tf.tanh(x);
  return tf.div(t, tf.max(tf.abs(t)));
};

/** LSQ's: the step times x / step, clipped and rounded with the error of the rounding as it is, and a smaller gradient for the step. */
const lsqSurrogate =
  (negative: (bits: number) => number, positive: (bits: number) => number, perSample: boolean): Surrogate =>
  (x: tf.Tensor, { step }: State, at: GradientPoint) => {
    const [low, high] = [-negative(at.bits as number), positive(at.bits as number)];
    const n = perSample ? at.x.size / at.x.shape[0]! : at.x.size;
    const slower = tf.add(tf.mul(tf.sub(step!, at.state.step!), 1 / Math.sqrt(n * high)), at.state.step!);
    const frozen = tf.clipByValue(tf.div(at.x, at.state.step!), low, high);
    const clipped = tf.clipByValue(tf.div(x, slower), low, high);
    return tf.mul(slower, tf.add(clipped, tf.sub(tf.round(frozen), frozen)));
  };

describe('DoReFa', () => {
  describeQuantizer(dorefa, { options: { bits: 2 }, surrogate: dorefaWeights, backends });
  describeQuantizer(dorefa, {
    options: { bits: 2 },
    role: 'activations',
    surrogate: { clip: [0, 1] },
    idempotent: true,
    backends,
  });
  describeQuantizer(dorefa, { options: { bits: 2 }, role: 'gradients', surrogate: 'none', random: true, backends });
});

describe('LSQ', () => {
  const weights: QuantizerOptions = {
    options: { bits: 2 },
    bits: [2, 3, 4, 5, 6, 7, 8],
    surrogate: lsqSurrogate(
      (bits) => 2 ** (bits - 1),
      (bits) => 2 ** (bits - 1) - 1,
      false,
    ),
    backends,
  };
  describeQuantizer(lsq, weights);
  describeQuantizer(lsq, {
    options: { bits: 4 },
    role: 'activations',
    surrogate: lsqSurrogate(
      () => 0,
      (bits) => 2 ** bits - 1,
      true,
    ),
    backends,
  });
});
