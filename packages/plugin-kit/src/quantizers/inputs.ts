import type { QuantizeContext, Quantizer } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { contextWith, sampleOf, stateFor, type QuantizerSubject } from './subject.js';

/** A tensor that a quantizer is tried on, and what with. */
export interface Input {
  readonly name: string;
  readonly x: tf.Tensor;
  readonly context: QuantizeContext;
  /** Whether what comes out must be finite: not where squares and sums of the values overflow. */
  readonly finite: boolean;
  /** Whether a quantizer may say that it cannot: one of groups, of a tensor without one. */
  readonly refusable?: boolean;
}

const DENORMALS = [2 ** -149, -(2 ** -149), 2 ** -140, -(2 ** -130), 2 ** -127, -(2 ** -126)];
const HUGE = [1e30, -1e30, 3.4028234663852886e38, -3.4028234663852886e38, 1, -1];
const HALVES = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 1, -1];

/**
 * The inputs that quantizers go wrong on, each with state made from an ordinary sample and, since a quantizer may be called without, with
 * none. Call it inside of `tf.tidy`.
 */
export function hardInputs(subject: QuantizerSubject, quantizer: Quantizer): Input[] {
  const { shape } = subject;
  const size = tf.util.sizeFromShape([...shape]);
  const sample = sampleOf(subject);
  const state = stateFor(quantizer, sample);
  const filled = (values: readonly number[]): tf.Tensor =>
    tf.tensor(
      Float32Array.from({ length: size }, (_, i) => values[i % values.length]!),
      [...shape],
    );
  const inputs: readonly [name: string, x: tf.Tensor, finite?: false][] = [
    ['ordinary values', sample],
    ['zeros', filled([0])],
    ['negative zeros', filled([-0])],
    ['one value everywhere', filled([0.37])],
    ['halves', filled(HALVES)],
    ['levels, and the middles between them', filled(ties(quantizer, sample, contextWith(quantizer, state)))],
    ['values far outside', tf.mul(sample, 1e4)],
    ['denormals', filled(DENORMALS)],
    ['huge values', filled(HUGE), false],
  ];
  const given = inputs.map(([name, x, finite = true]): Input => ({
    name,
    x,
    finite,
    context: contextWith(quantizer, state),
  }));
  const alone = inputs.map(([name, x, finite = true]): Input => ({
    name: `${name}, without state`,
    x,
    finite,
    context: { seed: 1 },
  }));
  return [...given, ...(quantizer.state?.length ? alone : []), ...oddShapes(quantizer, shape)];
}

/** An empty tensor, and one of a single value. */
function oddShapes(quantizer: Quantizer, shape: readonly number[]): Input[] {
  const empty = tf.zeros(shape.with(0, 0));
  const one = tf.fill(
    shape.map(() => 1),
    0.3,
  );
  return [
    { name: 'an empty tensor', x: empty, finite: true, context: contextWith(quantizer, stateFor(quantizer, empty)) },
    { name: 'a single value', x: one, finite: true, context: { seed: 1 }, refusable: true },
  ];
}

/** Levels and the middles between neighbours, as many as there is room for. */
function ties(quantizer: Quantizer, sample: tf.Tensor, context: QuantizeContext): number[] {
  if (quantizer.bits === 'float') return HALVES;
  const { codebook } = quantizer.encode(sample, context);
  const levels = [...new Set(codebook.dataSync())].filter(Number.isFinite).sort((a, b) => a - b);
  const between = levels.slice(1).map((level, i) => Math.fround((level + levels[i]!) / 2));
  const values = [...levels, ...between].sort((a, b) => a - b);
  const stride = Math.max(1, Math.ceil(values.length / sample.size));
  return values.filter((_, i) => i % stride === 0);
}
