import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldThresholds, type FoldedThresholds } from './fold-thresholds.js';
import { codedWeights, codes, evaluate, weights } from './testing/nodes.js';

const { fround } = Math;

/** The definition: epilogue, then quantize. */
function plainCode(sum: number, scale: number | undefined, bias: number | undefined, thresholds: Float32Array): number {
  let y = fround(sum);
  if (scale !== undefined) y = fround(y * scale);
  if (bias !== undefined) y = fround(y + bias);
  return thresholds.filter((threshold) => y >= threshold).length;
}

function foldedCode(sum: number, channel: number, { signs, thresholds }: FoldedThresholds, count: number): number {
  const own = thresholds.subarray(channel * count, (channel + 1) * count);
  return own.filter((threshold) => signs[channel]! * sum >= threshold).length;
}

const finite = fc.oneof(
  fc.float({ min: -2, max: 2, noNaN: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 2 ** -149, -(2 ** -149), 2 ** -126, fround(3e38), fround(-3e38)),
);
const limits = fc.oneof(fc.float({ min: -50, max: 50, noNaN: true }), fc.float({ noNaN: true }));

const cases = fc.record({
  channels: fc.array(fc.record({ scale: finite, bias: finite }), { minLength: 1, maxLength: 4 }),
  has: fc.record({ scale: fc.boolean(), bias: fc.boolean() }),
  thresholds: fc.array(limits, { maxLength: 7 }).map((all) => Float32Array.from(all).sort()),
  middle: fc.constantFrom(0, 0, 1000, -30_000, 2 ** 24, 149_000_000, -149_000_000),
  below: fc.nat(150),
  above: fc.nat(150),
});

describe('foldThresholds', () => {
  it('gives every sum of the range the code of the plain formula', () => {
    fc.assert(
      fc.property(cases, ({ channels, has, thresholds, middle, below, above }) => {
        const scale = has.scale ? Float32Array.from(channels, (it) => it.scale) : undefined;
        const bias = has.bias ? Float32Array.from(channels, (it) => it.bias) : undefined;
        const [min, max] = [middle - below, middle + above];
        const folded = foldThresholds(scale, bias, thresholds, [min, max]);
        folded.signs.forEach((_, channel) => {
          for (let sum = min; sum <= max; sum++) {
            const expected = plainCode(sum, scale?.[channel], bias?.[channel], thresholds);
            const code = foldedCode(sum, channel, folded, thresholds.length);
            if (code !== expected) throw new Error(`channel ${channel}, sum ${sum}: ${code}, not ${expected}`);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('the same of thresholds that sums meet exactly, one by one and beside it', () => {
    const met = fc.record({
      scale: fc.float({ min: fround(-0.01), max: fround(0.01), noNaN: true }),
      bias: fc.float({ min: -4, max: 4, noNaN: true }),
      sums: fc.array(fc.integer({ min: -149_000_000, max: 149_000_000 }), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(met, ({ scale, bias, sums }) => {
        const thresholds = Float32Array.from(sums, (sum) => fround(fround(fround(sum) * scale) + bias)).sort();
        const range = [-150_000_000, 150_000_000] as const;
        const folded = foldThresholds(Float32Array.of(scale), Float32Array.of(bias), thresholds, range);
        const edges = [...folded.thresholds].map((threshold) => folded.signs[0]! * threshold);
        for (const edge of [...sums, ...edges, ...range])
          for (let sum = edge - 3; sum <= edge + 3; sum++) {
            if (sum < range[0] || sum > range[1]) continue;
            const expected = plainCode(sum, scale, bias, thresholds);
            expect(foldedCode(sum, 0, folded, thresholds.length)).toBe(expected);
          }
      }),
      { numRuns: 500 },
    );
  });

  it('by hand: ties belong to the upper code, a negative scale turns the channel round', () => {
    const { signs, thresholds } = foldThresholds(
      Float32Array.of(0.5, -0.5, 0),
      Float32Array.of(1, 1, 1),
      Float32Array.of(-1, 1, 2.25),
      [-10, 10],
    );
    expect([...signs]).toEqual([1, -1, 1]);
    // 0.5 s + 1 ≥ −1, 1, 2.25 from s = −4, 0, 3 on; 1 ≥ −1 and 1 always, 2.25 never
    expect([...thresholds]).toEqual([-4, 0, 3, -4, 0, 3, -10, -10, 11]);
  });

  it('one scale serves all channels; without scale and bias one channel serves all', () => {
    const folded = foldThresholds(Float32Array.of(2), Float32Array.of(0, 1), Float32Array.of(3), [0, 9]);
    expect([...folded.thresholds]).toEqual([2, 1]);
    expect(foldThresholds(undefined, undefined, Float32Array.of(3, Infinity), [0, 9])).toEqual({
      signs: Int8Array.of(1),
      thresholds: Int32Array.of(3, 10),
    });
  });

  it('agrees with the nodes', () => {
    const [channels, depth] = [5, 9];
    const bytes = { integers: Array.from({ length: 256 }, (_, code) => code), scale: 1 };
    const scale = Float32Array.of(0.01, -0.02, 0.003, -1, 1e-9);
    const bias = Float32Array.of(1, 0.5, -2, 7, 3);
    const t = Float32Array.of(-3, -0.5, 0.1, 1, 2.7, 5, 11);
    const k = codedWeights(
      [depth, channels],
      Array.from({ length: depth * channels }, (_, at) => (at * 7) % 3),
      { integers: [-1, 0, 1] },
    );
    const folded = foldThresholds(scale, bias, t, [-255 * depth, 255 * depth]);
    for (let seed = 0; seed < 20; seed++) {
      const x = codes(
        [depth],
        Array.from({ length: depth }, (_, at) => (at * 89 + seed * 57) % 256),
        bytes,
      );
      const parameters = { k, s: weights([channels], scale), b: weights([channels], bias), t: weights([7], t) };
      const y = evaluate('dense', { kernel: 'k', scale: 's', bias: 'b' }, [x], parameters);
      const levels = { ...bytes, integers: bytes.integers.slice(0, 8) };
      const expected = evaluate('quantize', { thresholds: 't', levels }, [y], parameters);
      const sums = evaluate('dense', { kernel: 'k' }, [x], parameters);
      expect([...sums.data].map((sum, channel) => foldedCode(sum, channel, folded, 7))).toEqual([...expected.data]);
    }
  });

  it('refuses what has no order: NaN and infinities, and sums beyond 32 bits', () => {
    const [one, t] = [Float32Array.of(1), Float32Array.of(0)];
    for (const odd of [NaN, Infinity, -Infinity]) {
      expect(() => foldThresholds(Float32Array.of(odd), undefined, t, [0, 1])).toThrow(
        `a scale or bias that is missing or not finite, in channel 0 of 1, received 'scale ${odd}, bias undefined'`,
      );
      expect(() => foldThresholds(one, Float32Array.of(1, odd), t, [0, 1])).toThrow(`'scale 1, bias ${odd}'`);
    }
    expect(() => foldThresholds(Float32Array.of(1, 2), Float32Array.of(1, 2, 3), t, [0, 1])).toThrow('channel 2 of 3');
    for (const range of [
      [1, 0],
      [0, 2 ** 31 - 1],
      [-(2 ** 31), 0],
      [0, 0.5],
    ] as const) {
      expect(() => foldThresholds(one, one, t, range)).toThrow('whole numbers of 32 bits, in range, received [');
    }
  });
});
