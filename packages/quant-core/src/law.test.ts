import {
  createRegistry,
  LowbitError,
  type Precision,
  type QuantizeContext,
  type Quantizer,
  type Role,
} from '@lowbit/plugin-api';
import { leavesNoTensors } from '@lowbit/testing';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import plugin from './index.js';
import { decode, disposeEncoded } from './encoded.js';
import { bitsOf } from './testing/helpers.js';

const registry = createRegistry([plugin]);
const roles: Role[] = ['weights', 'activations', 'gradients'];
const widths = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const granularities = [{}, ...['tensor', 'channel', { group: 2 }].map((granularity) => ({ granularity }))];

/** Fewer cases where each takes many small steps. */
const RUNS: Readonly<Record<string, number>> = { 'lq-nets': 6 };

/** Options that change what is computed. */
const variants: Readonly<Record<string, readonly object[]>> = {
  'binary-connect': [{ scale: 'glorot' }, { mode: 'stochastic', evaluation: 'binary' }],
  inq: [{ ties: 'down' }],
  kmeans: [{ assignment: 'nearest' }, { zero: true }, { zero: true, assignment: 'nearest' }, { initial: 'random' }],
  sawb: [{ zero: true }],
  ttq: [{ initial: 'mean' }],
};

/** A quantizer in a role with some options, at each of the bits that it is made for. */
interface Case {
  readonly role: Role;
  readonly spec: Readonly<Record<string, unknown>> & { readonly quantizer: string };
  readonly made: readonly Quantizer[];
}

const names = registry.list('quantizers').map(({ name }) => name);
const cases: Case[] = names.flatMap((name) =>
  roles.flatMap((role) =>
    [...granularities, ...(variants[name] ?? [])].flatMap((options): Case[] => {
      const spec = { quantizer: name, ...options };
      const made = widths.flatMap((bits) => unlessRefused(() => registry.make('quantizers', { ...spec, bits }, role)));
      return made.length > 0 ? [{ role, spec, made }] : [];
    }),
  ),
);
const titled = cases.map((each): [string, Case] => [`${each.role} by ${JSON.stringify(each.spec)}`, each]);

function unlessRefused<T>(make: () => T): T[] {
  try {
    return [make()];
  } catch (error) {
    if (error instanceof LowbitError) return [];
    throw error;
  }
}

const value = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: -2, max: 2, noNaN: true }),
  fc.constantFrom(0, -0, 0.25, 0.5, 0.75, 1, -1, 1.5 / 15, 2 ** -149, 3.4028234663852886e38),
);
const tensorOf = fc
  .tuple(fc.constantFrom([], [2]), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 6 }))
  .chain(([leading, pairs, columns]) => {
    const shape = [...leading, 2 * pairs, columns];
    const size = tf.util.sizeFromShape(shape);
    return fc.array(value, { minLength: size, maxLength: size }).map((data) => ({ shape, data }));
  });

/** The law, and what goes with it: codes within the levels, as few as the bits say, the same bits from the same seed. */
function keepsTheLaw(quantizer: Quantizer, bits: Precision, x: tf.Tensor, context: QuantizeContext): void {
  const encoded = quantizer.encode(x, context);
  const found = [decode(encoded), quantizer.quantize(x, context), quantizer.quantize(x, context)];
  const levels = encoded.codebook.shape.at(-1)!;
  try {
    expect(encoded.codes.dtype).toBe('int32');
    expect(encoded.codes.shape).toEqual(x.shape);
    expect(levels).toBeLessThanOrEqual(2 ** (bits as number));
    const outside = encoded.codes.dataSync().filter((code) => code < 0 || code >= levels);
    expect([...outside]).toEqual([]);
    const [decoded, quantized, again] = found.map((each) => bitsOf(each.dataSync() as Float32Array));
    expect(found.map(({ shape }) => shape)).toEqual([x.shape, x.shape, x.shape]);
    expect(decoded).toEqual(quantized);
    expect(again).toEqual(quantized);
    // nearer to the largest float sums and levels may overflow
    const tame = x.dataSync().every((each) => Math.abs(each) <= 2 ** 100);
    const bad = tame ? found[0]!.dataSync().filter((each) => !Number.isFinite(each)) : [];
    expect([...bad]).toEqual([]);
  } finally {
    tf.dispose(found);
    disposeEncoded(encoded);
  }
}

/** What the quantizer's calibrator makes of x, of the shapes that the quantizer declares. */
function stateFor(quantizer: Quantizer, x: tf.Tensor, seed: number): Record<string, tf.Tensor> | undefined {
  if (!quantizer.calibrator || x.size === 0) return undefined;
  const calibrator = quantizer.calibrator({ seed });
  calibrator.observe(x);
  const state = calibrator.state();
  calibrator.dispose();
  const declared = quantizer.state!.map(({ name, shape }) => [name, shape(x.shape, x.rank - 1)]);
  expect(Object.entries(state).map(([name, { shape }]) => [name, shape])).toEqual(declared);
  return state;
}

describe.each(['cpu', 'wasm'])('decode(encode(x)) equals quantize(x) bit for bit on %s', (backend) => {
  beforeAll(() => tf.setBackend(backend));
  afterAll(() => tf.setBackend('cpu'));

  it.each(titled)('%s', (_title, { spec, made }) =>
    leavesNoTensors(() =>
      fc.assert(
        fc.property(
          tensorOf,
          fc.constantFrom(...made),
          fc.constantFrom(...widths),
          fc.integer({ min: 0, max: 999 }),
          fc.boolean(),
          ({ shape, data }, quantizer, otherBits, seed, training) => {
            const x = tf.tensor(data, shape, 'float32');
            const state = stateFor(quantizer, x, seed);
            try {
              keepsTheLaw(quantizer, quantizer.bits, x, { seed, training });
              const [other] = unlessRefused(() => quantizer.withBits(otherBits));
              if (other && state) keepsTheLaw(other, otherBits, x, { seed, training, state });
            } finally {
              tf.dispose([x, ...Object.values(state ?? {})]);
            }
          },
        ),
        { numRuns: RUNS[spec.quantizer] ?? 40, seed: 7 },
      ),
    ),
  );
});

it('every quantizer of the plugin is made for something', () => {
  expect([...new Set(cases.map(({ spec }) => spec.quantizer))]).toEqual(names);
});

describe('what has no code', () => {
  it.each(titled)('%s: at float', (_title, { made }) => {
    expect(() => made[0]!.withBits('float').encode(tf.zeros([2]))).toThrow(/a float quantizer has no codes/);
  });
  it.each(titled)('%s: NaN or an infinity', (_title, { made }) => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const x = tf.tensor2d([
        [1, bad],
        [0, 0],
      ]);
      expect(() => made[0]!.encode(x)).toThrow(/NaN or an infinity cannot be encoded.*shape \[2, 2\]/);
    }
  });
});
