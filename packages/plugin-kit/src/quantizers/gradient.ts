import * as tf from '@tensorflow/tfjs-core';
import { rule, type On } from '../rule.js';
import { shapeOf } from '../show.js';
import { normal } from '../values.js';
import type { GradientPoint, State, Surrogate } from './options.js';
import { contextWith, precisions, sampleOf, stateFor, type QuantizerSubject } from './subject.js';

/** Relative step of the finite differences: large against float32's rounding, small against a surrogate's curvature. */
const STEP = 2 ** -8;
/** What rounding and curvature may amount to, of a gradient g: TOLERANCE·(1 + |g|). */
const TOLERANCE = 4e-3;
/** Places in a tensor that are compared. */
const PLACES = 24;

const ofInput = rule<QuantizerSubject>('the gradient in x is that of the declared surrogate', (subject, on) => {
  compare(subject, on, 'x');
});

const ofState = rule<QuantizerSubject>(
  'the gradient in each trainable state is that of the declared surrogate',
  (subject, on) => {
    for (const spec of subject.quantizer.state ?? []) if (spec.trainable) compare(subject, on, spec.name);
  },
);

function compare(subject: QuantizerSubject, on: On, of: string): void {
  const { surrogate } = subject;
  if (surrogate === 'none') return;
  for (const { bits, quantizer } of precisions(subject)) {
    on(`twice the ordinary values at ${bits} bits, in ${of}`, (broken) =>
      tf.tidy(() => {
        const sample = sampleOf(subject);
        const state = stateFor(quantizer, sample);
        const x = tf.mul(sample, 2); // so that more is outside of what the levels reach
        const dy = tf.tensor(normal(x.size, 5), x.shape);
        const gradient = gradients(x, state, of, (at, pieces) =>
          tf.sum(tf.mul(quantizer.quantize(at, contextWith(quantizer, pieces)), dy)),
        );
        const variable = of === 'x' ? x : state[of]!;
        if (!tf.util.arraysEqual(gradient.shape, variable.shape))
          throw broken(`shape ${shapeOf(variable.shape)}`, shapeOf(gradient.shape));
        const at: GradientPoint = { x, state, bits, channelAxis: x.rank - 1 };
        const slopes = finiteDifferences(surrogate, at, of, dy);
        const received = gradient.dataSync();
        for (const { index, low, high } of slopes) {
          const margin = TOLERANCE * (1 + Math.max(Math.abs(low), Math.abs(high)));
          const g = received[index]!;
          if (g >= low - margin && g <= high + margin) continue;
          const range = high - low < margin ? low.toPrecision(5) : `${low.toPrecision(5)} to ${high.toPrecision(5)}`;
          throw broken(`${range} of finite differences at [${index}]`, g);
        }
      }),
    );
  }
}

function gradients(x: tf.Tensor, state: State, of: string, loss: (x: tf.Tensor, state: State) => tf.Tensor): tf.Tensor {
  const f = (variable: tf.Tensor): tf.Scalar =>
    (of === 'x' ? loss(variable, state) : loss(x, { ...state, [of]: variable })) as tf.Scalar;
  return tf.grad(f)(of === 'x' ? x : state[of]!);
}

interface Slope {
  readonly index: number;
  readonly low: number;
  readonly high: number;
}

/** The slopes of Σ dy·surrogate to both sides of some places: they differ where it has a kink, and any gradient between is one. */
function finiteDifferences(surrogate: Surrogate, at: GradientPoint, of: string, dy: tf.Tensor): Slope[] {
  const variable = of === 'x' ? at.x : at.state[of]!;
  const values = variable.dataSync();
  const weights = [...dy.dataSync()];
  const evaluate = (changed: tf.Tensor): Float32Array =>
    tf.tidy(() => {
      const [x, state] = of === 'x' ? [changed, at.state] : [at.x, { ...at.state, [of]: changed }];
      return tf.cast(surrogateOf(surrogate)(x, state, at), 'float32').dataSync() as Float32Array;
    });
  const middle = evaluate(variable);
  const slope = (index: number, by: number): number => {
    const moved = Float32Array.from(values);
    moved[index]! += by;
    const width = moved[index]! - values[index]!; // what float32 has made of it
    const changed = tf.tensor(moved, variable.shape);
    const result = evaluate(changed);
    changed.dispose();
    return weights.reduce((sum, weight, i) => sum + weight * (result[i]! - middle[i]!), 0) / width;
  };
  const stride = Math.max(1, Math.floor(values.length / PLACES));
  return Array.from({ length: Math.ceil(values.length / stride) }, (_, i) => {
    const index = i * stride;
    const by = STEP * Math.max(1 / 8, Math.abs(values[index]!));
    const sides = [slope(index, by), slope(index, -by)];
    return { index, low: Math.min(...sides), high: Math.max(...sides) };
  });
}

function surrogateOf(surrogate: Surrogate): Extract<Surrogate, (...args: never[]) => unknown> {
  if (typeof surrogate === 'function') return surrogate;
  if (typeof surrogate === 'object') return (x) => tf.clipByValue(x, ...surrogate.clip);
  return (x) => x;
}

/** What the gradients of quantize promise. */
export const gradientRules = [ofInput, ofState];
