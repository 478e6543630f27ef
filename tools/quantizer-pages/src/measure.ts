import type { Quantizer, Role } from '@lowbit/plugin-api';
import { disposeEncoded } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';

/** One level, and what it stands for. */
interface Step {
  readonly from: number;
  readonly to: number;
  readonly level: number;
}

/** A quantizer on a Gaussian. */
export interface Measured {
  /** Runs of inputs that become one level. */
  readonly staircase: readonly Step[];
  /** dL/dx for L = Σ x̂, at inputs in order; none of a quantizer of gradients. */
  readonly gradient: readonly { readonly x: number; readonly slope: number }[];
  /** Share of the inputs of each level. */
  readonly codes: readonly { readonly level: number; readonly share: number }[];
}

const SAMPLES = 4096;
const SEED = 1;
const CONTEXT = { seed: SEED, training: true };
/** Points that a gradient is drawn with. */
const POINTS = 256;
const EVERY = SAMPLES / POINTS;

/** Applies a quantizer to a seeded sample of N(0, 1), its state made from the same. */
export function measure(quantizer: Quantizer, role: Role): Measured {
  const found: { measured?: Measured } = {};
  tf.tidy(() => {
    const sample = tf.randomNormal([SAMPLES], 0, 1, 'float32', SEED).dataSync();
    const inputs = Float32Array.from(sample).sort();
    // one block: an output channel of weights, a feature of activations, a sample of gradients
    const x = tf.tensor2d(inputs, role === 'gradients' ? [1, SAMPLES] : [SAMPLES, 1]);
    found.measured = {
      staircase: staircase(inputs, quantizer.quantize(x, CONTEXT).dataSync() as Float32Array),
      gradient: role === 'gradients' ? [] : gradientOf(quantizer, x),
      codes: codesOf(quantizer, x),
    };
  });
  return found.measured!;
}

function gradientOf(quantizer: Quantizer, x: tf.Tensor2D): Measured['gradient'] {
  const [inputs, slopes] = [
    x.dataSync(),
    tf
      .grad((w: tf.Tensor) => tf.sum(quantizer.quantize(w, CONTEXT)))(x)
      .dataSync(),
  ];
  const at = (point: number) => Math.round((point * (SAMPLES - 1)) / (POINTS - 1));
  return Array.from({ length: POINTS }, (_, i) => ({ x: inputs[at(i)]!, slope: slopes[at(i)]! }));
}

function staircase(inputs: Float32Array, values: Float32Array): Step[] {
  const steps: Step[] = [];
  inputs.forEach((x, i) => {
    const last = steps.at(-1);
    if (last?.level === values[i]) steps[steps.length - 1] = { ...last, to: x };
    else steps.push({ from: x, to: x, level: values[i]! });
  });
  if (steps.length <= POINTS) return steps;
  // a quantizer that draws changes its mind all the time: a few of its draws show that as well
  const some = inputs.filter((_, i) => i % EVERY === 0);
  return [...some].map((x, i) => ({ from: x, to: x, level: values[i * EVERY]! }));
}

function codesOf(quantizer: Quantizer, x: tf.Tensor2D): { level: number; share: number }[] {
  const encoded = quantizer.encode(x, CONTEXT);
  const levels = [...encoded.codebook.dataSync()];
  const counts = levels.map(() => 0);
  for (const code of encoded.codes.dataSync()) counts[code]! += 1 / SAMPLES;
  disposeEncoded(encoded);
  return levels.map((level, i) => ({ level, share: counts[i]! })).sort((a, b) => a.level - b.level);
}
