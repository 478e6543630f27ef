import type { ExtensionFactory, Role } from '@lowbit/plugin-api';
import quantCore from '@lowbit/quant-core';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import { describeQuantizer, type QuantizerOptions } from './index.js';
import * as surrogates from './testing/surrogates.js';

type Name = keyof typeof quantCore.quantizers;
type Bits = NonNullable<QuantizerOptions['bits']>;

const ROLES: readonly Role[] = ['weights', 'activations', 'gradients'];
const SEVEN: Bits = [2, 3, 4, 5, 6, 7, 8];
const ONE = { options: { bits: 1 }, bits: [1] } as const satisfies Partial<QuantizerOptions>;
const TWO = { options: { bits: 2 }, bits: [2] } as const satisfies Partial<QuantizerOptions>;
/** All bits that a quantizer of 1 bit can have too. */
const ANY = { options: { bits: 2 } } as const satisfies Partial<QuantizerOptions>;
/** From 2 bits on. */
const MOST = { options: { bits: 2 }, bits: SEVEN } as const satisfies Partial<QuantizerOptions>;
const activations = { role: 'activations' } as const;

/** Every family in every role, and the options that change a gradient. */
const FAMILIES: Readonly<Record<Name, readonly QuantizerOptions[]>> = {
  dorefa: [
    { ...ANY, surrogate: surrogates.dorefaWeights },
    { ...ANY, ...activations, surrogate: { clip: [0, 1] }, idempotent: true },
    // what it quantizes is a gradient already
    { ...ANY, role: 'gradients', surrogate: 'none', random: true },
  ],
  lsq: [
    { ...MOST, surrogate: surrogates.lsq(true, false), idempotent: true },
    { ...ANY, ...activations, surrogate: surrogates.lsq(false, true), idempotent: true },
    { options: { bits: 2, signed: true }, bits: SEVEN, ...activations, surrogate: surrogates.lsq(true, true) },
  ],
  qil: [
    { ...MOST, surrogate: surrogates.qilWeights },
    { ...ANY, ...activations, surrogate: surrogates.qilActivations },
  ],
  uniform: [
    { ...MOST, surrogate: surrogates.uniformSymmetric, idempotent: true },
    { ...ANY, ...activations, surrogate: surrogates.uniformAffine, idempotent: true },
  ],
  // each basis is fitted in many ops
  'lq-nets': [
    { ...ANY, surrogate: 'identity', idempotent: true, shape: [6, 2] },
    { ...ANY, ...activations, surrogate: surrogates.lqNetsActivations, idempotent: true, shape: [2, 3, 2] },
  ],
  pact: [
    { ...ANY, surrogate: surrogates.pactWeights, idempotent: true },
    { ...ANY, ...activations, surrogate: surrogates.pactActivations, idempotent: true },
  ],
  sawb: [{ ...ANY, surrogate: surrogates.sawb }],
  'sawb+': [{ ...ANY, surrogate: 'identity' }],
  'binary-connect': [
    { ...ONE, surrogate: 'identity', idempotent: true },
    // by default stochastic weights are real outside of training, and have no codes there: binary-connect.test.ts of quant-core
    { ...ONE, options: { bits: 1, mode: 'stochastic', evaluation: 'binary' }, surrogate: 'identity', idempotent: true },
  ],
  bwn: [
    { ...ONE, surrogate: surrogates.bwnPaper },
    { ...ONE, options: { bits: 1, gradient: 'exact' }, surrogate: surrogates.bwnExact },
  ],
  xnor: [
    { ...ONE, surrogate: surrogates.bwnPaper },
    { ...ONE, options: { bits: 1, gradient: 'author' }, surrogate: surrogates.xnorAuthor },
    { ...ONE, ...activations, surrogate: { clip: [-1, 1] }, idempotent: true },
  ],
  sign: [{ ...ONE, ...activations, surrogate: { clip: [-1, 1] }, idempotent: true }],
  twn: [{ ...TWO, surrogate: 'identity' }],
  ttq: [{ ...TWO, surrogate: surrogates.ttq }],
  inq: [{ ...MOST, surrogate: 'identity', idempotent: true }],
  'lloyd-max': [{ ...ANY, surrogate: 'identity', idempotent: true }],
  kmeans: [
    { ...ANY, surrogate: surrogates.kmeansFixed },
    { ...ANY, options: { bits: 2, assignment: 'nearest' }, surrogate: surrogates.kmeansNearest },
  ],
};

describe.each(Object.entries(FAMILIES) as [Name, readonly QuantizerOptions[]][])('%s', (name, roles) => {
  const factory: ExtensionFactory<'quantizers'> = quantCore.quantizers[name];
  for (const each of roles) {
    describeQuantizer(factory, { shape: [2, 2, 2, 4], ...each, backends: ['wasm'] });
  }
  it('is made for no other role', () => {
    const made = new Set(roles.map(({ role = 'weights' }) => role));
    for (const role of ROLES.filter((each) => !made.has(each))) {
      expect(() => factory({ bits: 2 } as never, role)).toThrow(/is not made for/);
    }
  });
});
