import fc from 'fast-check';
import { expect, it } from 'vitest';
import { planArena, type Buffer } from './arena.js';

const buffers = fc.array(
  fc
    .record({ bytes: fc.nat(1000), first: fc.nat(20), steps: fc.nat(6) })
    .map(({ bytes, first, steps }): Buffer => ({ bytes, first, last: first + steps })),
  { maxLength: 30 },
);

it('buffers that are needed at the same time do not overlap, nor what is written behind them', () =>
  fc.assert(
    fc.property(buffers, (all) => {
      const { offsets, bytes } = planArena(all);
      all.forEach((a, i) => {
        expect(offsets[i]! % 64).toBe(0);
        expect(offsets[i]! + a.bytes + 16).toBeLessThanOrEqual(bytes);
        all.slice(0, i).forEach((b, j) => {
          if (a.last < b.first || b.last < a.first) return;
          const isApart = offsets[i]! + a.bytes + 16 <= offsets[j]! || offsets[j]! + b.bytes + 16 <= offsets[i]!;
          expect(isApart).toBe(true);
        });
      });
    }),
  ));

it('what is needed at different times shares its place', () => {
  const chain = Array.from({ length: 10 }, (_, k) => ({ bytes: 1000, first: k, last: k + 1 }));
  expect(planArena(chain).bytes).toBe(2 * 1024);
});
