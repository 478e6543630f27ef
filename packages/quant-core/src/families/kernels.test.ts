import type { Precision, Quantizer } from '@lowbit/plugin-api';
import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  lqNetsActivations,
  lqNetsWeights,
  lsqActivations,
  lsqWeights,
  pactActivations,
  qilActivations,
  signActivations,
  uniformActivations,
  uniformWeights,
  xnorActivations,
} from '../index.js';
import { both, kernelNames } from '../testing/kernels.js';
import { bitsOf, expectClose } from '../testing/helpers.js';
import { GridQuantize, GridQuantizeGrad, TableQuantize, TableSums } from './kernels.js';

beforeAll(() => tf.setBackend('wasm'));
afterAll(() => tf.setBackend('cpu'));

type State = Readonly<Record<string, number | number[]>>;
const families: [string, (bits: Precision) => Quantizer, State][] = [
  ['PACT', (bits) => pactActivations({ bits }), { alpha: 1.3 }],
  ['PACT, inclusive', (bits) => pactActivations({ bits, boundary: 'inclusive' }), { alpha: 1 }],
  ['LSQ', (bits) => lsqActivations({ bits }), { step: 0.13 }],
  ['LSQ of weights', (bits) => lsqWeights({ bits: bits === 1 ? 2 : bits }), { step: 0.25 }],
  ['QIL', (bits) => qilActivations({ bits }), { center: 0.4, halfWidth: 0.7 }],
  ['uniform levels', (bits) => uniformActivations({ bits }), { low: -0.7, high: 1.4 }],
  ['ties up', (bits) => uniformActivations({ bits, range: 'positive', rounding: 'half-up' }), { high: 0.75 }],
  ['uniform levels of weights', (bits) => uniformWeights({ bits: bits === 1 ? 3 : bits }), { high: 0.75 }],
];

const value = fc.oneof(
  { arbitrary: fc.float({ min: -2, max: 2, noNaN: true }), weight: 8 },
  { arbitrary: fc.constantFrom(0, -0, 0.5, 1, -1, 0.25, 0.75, 1.3, 2 ** -149, 1e30), weight: 2 },
);

/** What a quantizer makes of x, and the gradients of all that it is given, by their bits. */
function results(quantizer: Quantizer, state: State, pairs: readonly (readonly [number, number])[], shape: number[]) {
  return tf.tidy(() => {
    const names = (quantizer.state ?? []).filter(({ trainable }) => trainable).map(({ name }) => name);
    const held = Object.fromEntries(
      Object.entries(state).map(([name, v]) => [name, tf.tensor(v, undefined, 'float32')]),
    );
    const [x, dy] = [0, 1].map((i) =>
      tf.tensor(
        pairs.map((pair) => pair[i]!),
        shape,
        'float32',
      ),
    ) as [tf.Tensor, tf.Tensor];
    const quantize = (v: tf.Tensor, ...trained: tf.Tensor[]) =>
      quantizer.quantize(v, { state: { ...held, ...Object.fromEntries(names.map((name, i) => [name, trained[i]!])) } });
    const [dx, ...ofState] = tf.grads(quantize)([x, ...names.map((name) => held[name]!)], dy);
    const updated = quantizer.update ? Object.values(quantizer.update(x, { state: held })) : [];
    const bits = (t: tf.Tensor) => [...bitsOf(t.dataSync<'float32'>())];
    return {
      exact: [bits(quantize(x, ...names.map((name) => held[name]!))), bits(dx!)],
      close: [...ofState, ...updated].map((t) => [...t.dataSync<'float32'>()]),
    };
  });
}

async function expectSame(
  quantizer: Quantizer,
  state: State,
  pairs: readonly (readonly [number, number])[],
  shape = [pairs.length],
): Promise<void> {
  const [own, composed] = await both(() => results(quantizer, state, pairs, shape));
  expect(own.exact).toEqual(composed.exact);
  const size = pairs.reduce((sum, [, dy]) => sum + Math.abs(dy), 1);
  own.close.forEach((each, i) => expectClose(each, composed.close[i]!, 1e-5 * size));
}

const pairsOf = fc.array(fc.tuple(value, fc.float({ min: -2, max: 2, noNaN: true })), { minLength: 1, maxLength: 40 });

describe('uniform grids in one pass', () => {
  it.each(families)('have the bits of the composition: %s', (_name, make, state) =>
    leavesNoTensors(() =>
      fc.assert(
        fc.asyncProperty(pairsOf, fc.constantFrom<Precision>(1, 2, 3, 4, 8), (pairs, bits) =>
          expectSame(make(bits), state, pairs),
        ),
        { numRuns: 60, seed: 3 },
      ),
    ),
  );

  it.each(families)('have them where many add up: %s', (_name, make, state) => {
    const x = Array.from({ length: 12_345 }, (_, i) => [Math.sin(i * i) * 2, Math.cos(i * 7)] as const);
    return expectSame(make(4), state, x);
  });

  it.each([
    ['PACT', pactActivations({ bits: 'float' }), { alpha: 1.3 }],
    ['QIL', qilActivations({ bits: 'float' }), { center: 0.4, halfWidth: 0.7 }],
  ] as const)('clip as the composition does at float: %s', (_name, quantizer, state) =>
    fc.assert(
      fc.asyncProperty(pairsOf, (pairs) => {
        // adding 0 leaves no −0, which the composition has
        return expectSame({ ...quantizer, quantize: (x, c) => tf.add(quantizer.quantize(x, c), 0) }, state, pairs);
      }),
      { numRuns: 40, seed: 3 },
    ),
  );

  it.each(families)('are one kernel each way: %s', async (_name, make, state) => {
    const names = await kernelNames(() => results(make(4), state, [[0.3, 1]], [1]));
    expect(names).toEqual(expect.arrayContaining([GridQuantize, GridQuantizeGrad]));
    expect(names).not.toContain('Select');
  });

  it('keep a NaN', () => {
    const y = tf.tidy(() =>
      pactActivations({ bits: 2 })
        .quantize(tf.tensor1d([NaN, 1]), { state: { alpha: tf.scalar(1) } })
        .dataSync<'float32'>(),
    );
    expect([...y]).toEqual([NaN, 1]);
  });
});

describe('tables of levels in one pass', () => {
  const basisOf = (bits: number, seed: number) =>
    Array.from({ length: bits }, (_, j) => 2 ** j * 0.11 + 0.013 * ((seed * (j + 1)) % 7));

  it('have the bits of the composition, with one table', () =>
    leavesNoTensors(() =>
      fc.assert(
        fc.asyncProperty(pairsOf, fc.constantFrom(1, 2, 3, 4, 5, 6), fc.nat(99), (pairs, bits, seed) =>
          expectSame(lqNetsActivations({ bits: bits as Precision }), { basis: basisOf(bits, seed) }, pairs),
        ),
        { numRuns: 60, seed: 3 },
      ),
    ));

  it.each([1, 3, 4, 6])('have them with one for each of %i channels', (channels) =>
    leavesNoTensors(() =>
      fc.assert(
        fc.asyncProperty(pairsOf, fc.constantFrom<Precision>(1, 2, 3, 5), async (pairs, bits) => {
          const rows = Math.max(1, Math.floor(pairs.length / channels));
          const used = Array.from({ length: rows * channels }, (_, i) => pairs[i % pairs.length]!);
          const basis = Array.from({ length: channels }, (_, c) => basisOf(bits as number, c)) as never;
          await expectSame(lqNetsWeights({ bits }), { basis }, used, [rows, channels]);
        }),
        { numRuns: 30, seed: 3 },
      ),
    ),
  );

  it.each([
    ['sign', signActivations()],
    ['XNOR-Net', xnorActivations()],
  ] as const)('are the sign of the composition: %s', (_name, quantizer) =>
    leavesNoTensors(() =>
      fc.assert(
        fc.asyncProperty(pairsOf, async (pairs) => {
          const [own, composed] = await both(() => results(quantizer, {}, pairs, [pairs.length]));
          // the composition's gradient has −0 where nothing passes
          const unsigned = (bits: number[]) => bits.map((each) => (each === 2 ** 31 ? 0 : each));
          expect(own.exact.map(unsigned)).toEqual(composed.exact.map(unsigned));
        }),
        { numRuns: 40, seed: 3 },
      ),
    ),
  );

  it('have them where many add up', () => {
    const x = Array.from({ length: 12_345 }, (_, i) => [Math.abs(Math.sin(i * i) * 2), 1e-4] as const);
    return expectSame(lqNetsActivations({ bits: 2, average: 0 }), { basis: [0.45, 0.9] }, x);
  });

  it('are one kernel each way, and one for the update', async () => {
    const names = await kernelNames(() =>
      results(lqNetsActivations({ bits: 2 }), { basis: [0.4, 0.8] }, [[0.3, 1]], [1]),
    );
    expect(names).toEqual(expect.arrayContaining([TableQuantize, GridQuantizeGrad, TableSums]));
  });
});
