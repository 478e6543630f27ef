import fc from 'fast-check';
import { expect, it } from 'vitest';
import { splitBatch } from './shares.js';

it('shares are runs of neighbours that differ by one example at most, the first not empty', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), (examples, count) => {
      const inputs = { shape: [examples, 2, 3], data: Float32Array.from({ length: 6 * examples }, (_, i) => i) };
      const targets = { shape: [examples], data: Int32Array.from({ length: examples }, (_, i) => i) };
      const shares = splitBatch({ inputs, targets }, count);
      expect(shares).toHaveLength(count);
      const sizes = shares.map((share) => share.inputs.shape[0]!);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(sizes[0]).toBeGreaterThan(0);
      for (const share of shares) {
        expect(share.inputs.shape.slice(1)).toEqual([2, 3]);
        expect([share.inputs.data.length, share.targets.shape]).toEqual([
          6 * share.inputs.shape[0]!,
          share.inputs.shape.slice(0, 1),
        ]);
      }
      expect(shares.flatMap(({ inputs: { data } }) => [...data])).toEqual([...inputs.data]);
      expect(shares.flatMap(({ targets: { data } }) => [...data])).toEqual([...targets.data]);
    }),
  );
});
