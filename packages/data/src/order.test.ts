import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochOrder } from './order.js';

describe('epochOrder', () => {
  it('is a permutation', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer(), fc.nat(), (size, seed, epoch) => {
        expect([...epochOrder(size, seed, epoch)].sort((a, b) => a - b)).toEqual([...Array(size).keys()]);
      }),
    );
  });

  it('depends on seed and epoch, and on nothing else', () => {
    expect(epochOrder(50, 1, 0)).toEqual(epochOrder(50, 1, 0));
    expect(epochOrder(50, 1, 0)).not.toEqual(epochOrder(50, 1, 1));
    expect(epochOrder(50, 1, 0)).not.toEqual(epochOrder(50, 2, 0));
  });

  it('gives each of the orders of three equally often', () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = epochOrder(3, 7, epoch).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // 1000 expected of each, standard deviation 29.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });
});
