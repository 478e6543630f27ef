import { LowbitError, type Quantizer } from '@lowbit/plugin-api';
import { tidy } from '@tensorflow/tfjs-core';
import type { Broken, On } from '../rule.js';
import { shapeOf } from '../show.js';
import { hardInputs, type Input } from './inputs.js';
import { precisions, type QuantizerSubject } from './subject.js';

/** What a rule looks at: a quantizer of some bits, and an input. */
export interface Trial extends Input {
  readonly quantizer: Quantizer;
  readonly bits: number;
  readonly broken: Broken;
}

/** Tries each precision on each hard input. */
export function onEach(subject: QuantizerSubject, on: On, body: (trial: Trial) => void): void {
  for (const { bits, quantizer } of precisions(subject)) {
    tidy(() => {
      for (const input of on(`state at ${bits} bits`, () => hardInputs(subject, quantizer))) {
        on(`${input.name} ${shapeOf(input.x.shape)} at ${bits} bits`, (broken) =>
          tidy(() => {
            try {
              body({ ...input, quantizer, bits: bits as number, broken });
            } catch (error) {
              if (!(input.refusable && error instanceof LowbitError)) throw error;
            }
          }),
        );
      }
    });
  }
}

/** The place in a tensor, for a message. */
export function placeOf(x: { dataSync(): ArrayLike<number> }, index: number): string {
  const value = x.dataSync()[index]!;
  return `at [${index}], where x is ${Object.is(value, -0) ? '-0' : value}`;
}
