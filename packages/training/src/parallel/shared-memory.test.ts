import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedMemoryExchange } from './shared-memory.js';

/** One exchange for each rank, here all in one thread: no operation keeps the others from running. */
function exchanges(size: number, length: number): SharedMemoryExchange[] {
  const memory = SharedMemoryExchange.allocate(size, length);
  return Array.from({ length: size }, (_, rank) => new SharedMemoryExchange(rank, size, memory));
}

const vectors = fc
  .record({ size: fc.integer({ min: 1, max: 5 }), length: fc.integer({ min: 0, max: 9 }) })
  .chain(({ size, length }) =>
    fc.record({
      given: fc.array(fc.float32Array({ minLength: length, maxLength: length, noNaN: true }), {
        minLength: size,
        maxLength: size,
      }),
      order: fc.shuffledSubarray(
        Array.from({ length: size }, (_, i) => i),
        { minLength: size },
      ),
    }),
  );

describe('SharedMemoryExchange', () => {
  it('adds in the order of ranks, whatever order they come in', async () => {
    await fc.assert(
      fc.asyncProperty(vectors, async ({ given, order }) => {
        const ranks = exchanges(given.length, given[0]!.length);
        const values = given.map((each) => each.slice());
        await Promise.all(order.map((rank) => ranks[rank]!.reduce(values[rank]!)));
        const sum = given.reduce((before, each) => before.map((value, i) => value + each[i]!));
        expect(values).toEqual([sum, ...given.slice(1)]);
      }),
    );
  });

  it('gives every rank what rank 0 has', async () => {
    await fc.assert(
      fc.asyncProperty(vectors, async ({ given, order }) => {
        const ranks = exchanges(given.length, given[0]!.length);
        const values = given.map((each) => each.slice());
        await Promise.all(order.map((rank) => ranks[rank]!.broadcast(values[rank]!)));
        expect(values).toEqual(given.map(() => given[0]));
      }),
    );
  });

  it('lets no rank run ahead over what another still reads', async () => {
    const ranks = exchanges(3, 4);
    const run = async (exchange: SharedMemoryExchange): Promise<number[]> => {
      const seen: number[] = [];
      for (let i = 0; i < 50; i++) {
        // two of a kind after another, and the kinds in turn
        for (let again = 0; again < 2; again++) {
          const weights = new Float32Array(4).fill(exchange.rank === 0 ? 10 * i + again : -1);
          await exchange.broadcast(weights);
          seen.push(weights[3]!);
        }
        for (let again = 0; again < 2; again++) {
          const gradients = new Float32Array(4).fill(100 * i + again + exchange.rank);
          await exchange.reduce(gradients);
          seen.push(gradients[0]!);
        }
      }
      return seen;
    };
    const seen = await Promise.all(ranks.map(run));
    const steps = Array.from({ length: 50 }, (_, i) => i);
    expect(seen[0]).toEqual(steps.flatMap((i) => [10 * i, 10 * i + 1, 300 * i + 3, 300 * i + 6]));
    expect(seen[2]).toEqual(steps.flatMap((i) => [10 * i, 10 * i + 1, 100 * i + 2, 100 * i + 3]));
  });
});
