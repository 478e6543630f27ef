import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addSums, batchSums, meanMetrics, NO_SUMS, splitMetrics } from './metrics.js';

const scores = (outputs: number[][], targets: number[]) =>
  batchSums({ loss: 0.5, shape: [outputs.length, outputs[0]!.length], outputs: outputs.flat(), targets });

describe('metrics', () => {
  it('count the target among the first and the first five', () => {
    const row = [0, 1, 2, 3, 4, 5, 6];
    expect(scores([row, row, row, row], [6, 2, 1, 0])).toEqual({ examples: 4, loss: 2, top1: 1, top5: 2 });
  });

  it('have no top 5 of five classes, and no classes of a regression', () => {
    expect(scores([[0, 1, 2, 3, 4]], [4])).toEqual({ examples: 1, loss: 0.5, top1: 1, top5: null });
    expect(scores([[0.3], [0.2]], [1, 0])).toEqual({ examples: 2, loss: 1, top1: null, top5: null });
    expect(meanMetrics(scores([[0.3], [0.2]], [1, 0]))).toEqual({ loss: 0.5 });
  });

  it('call a network that says the same of all classes right about the first only', () => {
    const same = [1, 1, 1, 1, 1, 1];
    expect(scores([same, same, same], [0, 1, 5])).toMatchObject({ top1: 1, top5: 2 });
  });

  it('never call a network right that gives NaN', () => {
    expect(scores([[NaN, NaN, NaN]], [0])).toMatchObject({ top1: 0 });
  });

  it.each([2, -1, NaN])('refuse the label %d of two classes', (label) => {
    expect(() => scores([[0, 1]], [label])).toThrow('a label is out of range, in the targets');
  });

  it('agree with sorting', () => {
    const batch = fc.array(
      fc.tuple(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 8, maxLength: 8 }), fc.nat(7)),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(batch, (examples) => {
        const places = examples.map(([row, target]) =>
          row
            .map((score, c) => ({ score, c }))
            .sort((a, b) => b.score - a.score || a.c - b.c)
            .findIndex(({ c }) => c === target),
        );
        const sums = scores(
          examples.map(([row]) => row),
          examples.map(([, target]) => target),
        );
        expect(sums.top1).toBe(places.filter((place) => place < 1).length);
        expect(sums.top5).toBe(places.filter((place) => place < 5).length);
      }),
    );
  });

  it('are means over the examples and not over the batches', () => {
    const a = { examples: 3, loss: 3, top1: 3, top5: 3 };
    const b = { examples: 1, loss: 5, top1: 0, top5: 1 };
    expect(meanMetrics(addSums(addSums(NO_SUMS, a), b))).toEqual({ loss: 2, accuracy: 0.75, top5: 1 });
    expect(splitMetrics('test', { loss: 2, top5: 1 })).toEqual({ testLoss: 2, testTop5: 1 });
  });
});
