import type { QuantizeContext, Quantizer } from '@lowbit/plugin-api';
import { disposeEncoded } from '@lowbit/quant-core';
import * as tf from '@tensorflow/tfjs-core';
import { rule } from '../rule.js';
import { firstDifference } from '../values.js';
import { contextWith, precisions, sampleOf, stateFor, type QuantizerSubject } from './subject.js';

const leaks = rule<QuantizerSubject>(
  'no call leaves a tensor behind, or disposes of one that it was given',
  (subject, on) => {
    for (const { bits, quantizer } of precisions(subject)) {
      const x = sampleOf(subject);
      const state = stateFor(quantizer, x);
      const context = contextWith(quantizer, state);
      try {
        for (const [call, body] of Object.entries(calls(subject, quantizer, x, context))) {
          on(`${call} at ${bits} bits`, (broken) => {
            const before = tf.memory().numTensors;
            body();
            const left = tf.memory().numTensors - before;
            if (left !== 0)
              throw broken('as many tensors after as before', left > 0 ? `${left} more` : `${-left} fewer`);
            if ([x, ...Object.values(state)].some((each) => each.isDisposed))
              throw broken('what it was given kept', 'disposed of');
          });
        }
      } finally {
        tf.dispose([x, state]);
      }
    }
  },
);

function calls(
  { surrogate }: QuantizerSubject,
  quantizer: Quantizer,
  x: tf.Tensor,
  context: QuantizeContext,
): Record<string, () => void> {
  const bare = { seed: 1 };
  const training = { ...context, training: true };
  return {
    'quantize(x, { state })': () => tf.dispose(quantizer.quantize(x, context)),
    'quantize(x)': () => tf.dispose(quantizer.quantize(x, bare)),
    'encode(x, { state })': () => disposeEncoded(quantizer.encode(x, context)),
    'encode(x)': () => disposeEncoded(quantizer.encode(x, bare)),
    'the gradient of quantize': () =>
      surrogate !== 'none' && tf.dispose(tf.grad((at) => tf.sum(quantizer.quantize(at as tf.Tensor, training)))(x)),
    'a calibrator': () => {
      const calibrator = quantizer.calibrator?.({ seed: 1 });
      calibrator?.observe(x);
      if (calibrator) tf.dispose(calibrator.state());
      calibrator?.dispose();
    },
    update: () => void tf.dispose(quantizer.update?.(x, training)),
    constrain: () => void tf.dispose(quantizer.constrain?.(x, training)),
  };
}

const inputs = rule<QuantizerSubject>('what it is given is not changed', (subject, on) => {
  for (const { bits, quantizer } of precisions(subject)) {
    on(`ordinary values at ${bits} bits`, (broken) =>
      tf.tidy(() => {
        const x = sampleOf(subject);
        const before = Float32Array.from(x.dataSync());
        const context = contextWith(quantizer, stateFor(quantizer, x));
        quantizer.quantize(x, context);
        quantizer.encode(x, context);
        const wrong = firstDifference(before, x.dataSync());
        if (wrong >= 0) throw broken(`${before[wrong]}`, `${x.dataSync()[wrong]} at [${wrong}]`);
      }),
    );
  }
});

/** What every function promises of the tensors it takes and makes. */
export const tensorRules = [leaks, inputs];
