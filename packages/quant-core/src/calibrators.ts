import { LowbitError, type Calibrator, type QuantizeContext } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import type { FamilyContext, Tensors } from './family.js';

/** A calibrator whose state is the mean of what `fit` makes of each batch. */
export function meanCalibrator(
  fit: (x: tf.Tensor, context: FamilyContext) => Tensors,
  contextOf: (x: tf.Tensor, context: QuantizeContext) => FamilyContext,
  where: string,
): (context?: QuantizeContext) => Calibrator {
  return (context = {}) => {
    let sums: Record<string, tf.Tensor> = {};
    let batches = 0;
    return {
      observe(x) {
        if (x.size === 0) return;
        const before = sums;
        sums = tf.tidy(() => {
          const at = contextOf(x, context);
          const fitted = Object.entries(fit(at.blocks.view(x), at));
          return Object.fromEntries(
            fitted.map(([name, value]) => {
              const held = heldShape(value, at);
              return [name, tf.keep(before[name] ? tf.add(before[name], held) : tf.clone(held))];
            }),
          );
        });
        tf.dispose(before);
        batches++;
      },
      state() {
        if (batches === 0) throw nothingObserved(where);
        return tf.tidy(() =>
          Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, tf.div(sum, batches)])),
        );
      },
      dispose() {
        tf.dispose(sums);
        sums = {};
        batches = 0;
      },
    };
  };
}

/** State of the blocks in the shape that a layer holds it in. */
function heldShape(value: tf.Tensor, { blocks: { shape, state } }: FamilyContext): tf.Tensor {
  return tf.reshape(value, [...state, ...value.shape.slice(shape.length)]);
}

/** The error of a calibrator that is asked before it has seen anything. */
export function nothingObserved(where: string): LowbitError {
  return new LowbitError('data', {
    what: 'there is nothing to calibrate on',
    where,
    hint: 'give the calibrator a batch that is not empty',
  });
}
