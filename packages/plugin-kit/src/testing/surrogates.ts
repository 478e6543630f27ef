import * as tf from '@tensorflow/tfjs-core';
import type { GradientPoint, Surrogate } from '../index.js';

// What the gradients of quant-core's families are the derivatives of, as their docstrings have it.

/** DoReFa's weights: 2·(tanh x / (2·max|tanh x|) + ½) − 1 without the rounding; mean|x|·sign(x) passes straight through. */
export const dorefaWeights: Surrogate = (x, _state, { bits }) => {
  if (bits === 1) return x;
  const t = tf.tanh(x);
  return tf.div(t, tf.max(tf.abs(t)));
};

/** LSQ: the step times x / step, clipped and rounded with the error of the rounding as it is, and a smaller gradient for the step. */
export function lsq(signed: boolean, perSample: boolean): Surrogate {
  return (x, { step }, at) => {
    const [low, high] = signed ? [-(2 ** (bitsAt(at) - 1)), half(at)] : [0, top(at)];
    const n = perSample ? at.x.size / at.x.shape[0]! : at.x.size;
    const slower = tf.add(tf.mul(tf.sub(step!, at.state.step!), 1 / Math.sqrt(n * high)), at.state.step!);
    const frozen = tf.clipByValue(tf.div(at.x, at.state.step!), low, high);
    const clipped = tf.clipByValue(tf.div(x, slower), low, high);
    return tf.mul(slower, tf.add(clipped, tf.sub(tf.round(frozen), frozen)));
  };
}

/** QIL on weights: ŵ = u^γ·sign(w), u where |w| lies in the interval; on activations u. */
export const qilWeights: Surrogate = (x, { center, halfWidth, gamma }) =>
  tf.mul(tf.pow(partOf(tf.abs(x), center!, halfWidth!), gamma!), tf.sign(x));
export const qilActivations: Surrogate = (x, { center, halfWidth }) => partOf(x, center!, halfWidth!);

function partOf(x: tf.Tensor, center: tf.Tensor, halfWidth: tf.Tensor): tf.Tensor {
  return tf.clipByValue(tf.div(tf.sub(x, tf.sub(center, halfWidth)), tf.mul(halfWidth, 2)), 0, 1);
}

/** Uniform levels: the clip to those from −high to high, with a step between as many. */
export const uniformSymmetric: Surrogate = (x, _state, at) => clip(x, tf.neg(at.state.high!), at.state.high!);

/** The clip to the levels of a range with a zero point, which its rounding has moved. */
export const uniformAffine: Surrogate = (x, _state, at) => {
  const step = tf.div(tf.sub(at.state.high!, at.state.low!), top(at));
  const zero = tf.round(tf.div(tf.neg(at.state.low!), step));
  return clip(x, tf.mul(tf.neg(zero), step), tf.mul(tf.sub(top(at), zero), step));
};

/** LQ-Nets on activations: the clip to the levels, of which the largest is the sum of the basis. */
export const lqNetsActivations: Surrogate = (x, _state, at) => clip(x, tf.scalar(0), tf.sum(at.state.basis!));

/** PACT: the clip, of which α is learned. */
export const pactWeights: Surrogate = (x, { alpha }) => clip(x, tf.neg(alpha!), alpha!);
export const pactActivations: Surrogate = (x, { alpha }) => clip(x, tf.scalar(0), alpha!);

/** SAWB's c₁ and c₂, by bits; α is the largest magnitude where there are none. */
const SAWB: Readonly<Record<number, readonly [number, number]>> = {
  2: [3.12, -2.064],
  3: [7.509, -6.892],
  4: [12.68, -12.8],
  5: [17.74, -18.64],
  8: [31.76, -35.04],
};

/** SAWB: the clip to [−α, α], a constant. */
export const sawb: Surrogate = (x, _state, at) => {
  const magnitude = tf.abs(at.x);
  const found = SAWB[bitsAt(at)];
  const statistic =
    found && tf.add(tf.mul(tf.sqrt(tf.mean(tf.square(at.x))), found[0]), tf.mul(tf.mean(magnitude), found[1]));
  const alpha = statistic && statistic.dataSync()[0]! > 0 ? statistic : tf.max(magnitude);
  return clip(x, tf.neg(alpha), alpha);
};

/** BWN and XNOR-Net as printed: 1/n of the weight and α of its clip to [−1, 1]; by the chain rule of α·clip; as the authors' code has it. */
export const bwnPaper: Surrogate = (x, _state, at) =>
  tf.add(tf.div(x, perChannel(at.x)), tf.mul(alphaOf(at.x), tf.clipByValue(x, -1, 1)));
export const bwnExact: Surrogate = (x, _state, at) =>
  tf.add(tf.mul(tf.sub(alphaOf(x), alphaOf(at.x)), tf.sign(at.x)), tf.mul(alphaOf(at.x), tf.clipByValue(x, -1, 1)));
export const xnorAuthor: Surrogate = (x, state, at) => {
  const inputs = at.x.shape.at(-2)!;
  return tf.mul(bwnPaper(x, state, at), perChannel(at.x) * (1 - 1 / inputs));
};

/** How many weights an output channel has. */
function perChannel(x: tf.Tensor): number {
  return x.size / x.shape.at(-1)!;
}

/** mean|x| of each output channel. */
function alphaOf(x: tf.Tensor): tf.Tensor {
  return tf.mean(
    tf.abs(x),
    tf.util.parseAxisParam(
      Array.from({ length: x.rank - 1 }, (_, i) => i),
      x.shape,
    ),
    true,
  );
}

/** TTQ: w·W_p, w·W_n or w, with the levels for what W_p and W_n are multiplied by. */
export const ttq: Surrogate = (x, { positive, negative }, { x: w, state }) => {
  const theta = tf.mul(tf.max(tf.abs(w)), 0.05);
  const [ups, downs] = [tf.cast(tf.greater(w, theta), 'float32'), tf.cast(tf.less(w, tf.neg(theta)), 'float32')];
  const slope = tf.add(
    tf.add(tf.mul(ups, state.positive!), tf.mul(downs, state.negative!)),
    tf.sub(tf.sub(1, ups), downs),
  );
  return tf.add(tf.mul(tf.sub(x, w), slope), tf.sub(tf.mul(ups, positive!), tf.mul(downs, negative!)));
};

/** k-means: the centre of the cluster that the weight is in; where clusters are not fixed, and the weight. */
export const kmeansFixed: Surrogate = (_x, { centres }, at) =>
  tf.gather(centres!, clusters(at.x, at.state.boundaries!));
export const kmeansNearest: Surrogate = (x, { centres }, at) => {
  const middles = tf.div(tf.add(tf.slice(at.state.centres!, 1), tf.slice(at.state.centres!, 0, top(at))), 2);
  return tf.add(tf.gather(centres!, clusters(at.x, middles)), tf.sub(x, at.x));
};

/** How many boundaries each weight is above. */
function clusters(x: tf.Tensor, boundaries: tf.Tensor): tf.Tensor1D {
  return tf.sum(tf.greater(tf.expandDims(x, -1), boundaries), -1);
}

function clip(x: tf.Tensor, low: tf.Tensor, high: tf.Tensor): tf.Tensor {
  return tf.minimum(tf.maximum(x, low), high);
}

function bitsAt({ bits }: GradientPoint): number {
  return bits as number;
}

function top(at: GradientPoint): number {
  return 2 ** bitsAt(at) - 1;
}

function half(at: GradientPoint): number {
  return 2 ** (bitsAt(at) - 1) - 1;
}
