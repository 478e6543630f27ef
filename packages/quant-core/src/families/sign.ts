import { factory, parseOptions, type Precision, type Quantizer, type Role } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { quantizerOf, type Family } from '../family.js';
import { hasKernels } from '../kernels.js';
import { bitsFrom } from './fixed-bits.js';
import { signGrid } from './grids.js';
import { atTableInOnePass, gradientInOnePass, hasGridKernels, TableQuantize } from './kernels.js';
import { notMadeFor } from './role.js';
import { atMost } from './statistics.js';

/** Options of {@link signActivations}. */
export interface SignOptions {
  /** 1 unless given; 'float' keeps the clip to [−1, 1] and leaves out the sign. */
  readonly bits?: 1 | 'float';
}

/** The float32 next to 0: what is above it is 0, −0 or positive. */
const BELOW_ZERO = -(2 ** -149);

const schema = z.strictObject({ bits: bitsFrom(1, 1).optional().describe('1, or "float"') });

/**
 * The sign, as in binarized neural networks: −1 or 1, of 0 too 1. The gradient passes where |x| ≤ 1. Hubara et al., NIPS 2016, eq. 1
 * and 4. XNOR-Net's, whose gradient stops at 1, is `xnorActivations`.
 *
 * @throws LowbitError bits other than 1 or 'float'
 */
export function signActivations(options: SignOptions = {}): Quantizer {
  const { bits = 1 } = parseOptions(schema, options, "quantizer 'sign'");
  return signOfActivations('sign', bits, {
    ends: 'pass',
    withBits: (other) => signActivations({ bits: other } as SignOptions),
    getConfig: () => ({ bits }),
  });
}

/** What quantizers of activations by their sign differ in. */
interface SignParts extends Pick<Family, 'withBits' | 'getConfig' | 'outputScale'> {
  /** Whether the gradient passes where |x| = 1, as it does below. */
  readonly ends: 'pass' | 'stop';
}

/** −1 and 1; at 'float' clip(x, −1, 1), whose gradient is the sign's. */
export function signOfActivations(name: string, bits: Precision, { ends, ...parts }: SignParts): Quantizer {
  return quantizerOf({
    name,
    bits,
    parameters: () => ({ scale: tf.scalar(1) }),
    codes: (x, { scale }) => signGrid.codes(x, scale!),
    levels: ({ scale }) => signGrid.levels(scale!),
    values: (codes, { scale }) => signGrid.values(codes, scale!),
    onePass: (x) => (hasKernels(x, TableQuantize) ? atTableInOnePass(x, [-1, 1], [BELOW_ZERO]) : undefined),
    backward(dy, x) {
      const unit = { step: 1, low: -1, high: 1, open: ends === 'stop' };
      if (hasGridKernels(x)) return { x: gradientInOnePass(dy, x, unit).dx };
      const magnitude = tf.abs(x);
      return { x: tf.mul(dy, ends === 'stop' ? tf.step(tf.sub(1, magnitude)) : atMost(magnitude, 1)) };
    },
    float: (x) => tf.clipByValue(x, -1, 1),
    ...parts,
  });
}

/** `{ quantizer: 'sign', bits: 1 }` for activations. */
export const signFactory = factory(schema, (options, role: Role): Quantizer => {
  if (role !== 'activations') throw notMadeFor('sign', role);
  return signActivations(options as SignOptions);
});
