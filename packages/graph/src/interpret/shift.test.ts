import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codes, evaluate, expectClose, floats, random, seeds, upTo, weights } from '../testing/nodes.js';

const images = floats([3, 3, 2], [1, -2, 3, 4, 5, -6, 7, 8, 9, 10, -11, 12, 13, 14, 15, 16, -17, 18]);

describe('shift', () => {
  it('moves each channel by whole places; 0 comes in from outside', () => {
    const offsets = [
      [0, 1],
      [-1, 0],
    ] as const;
    const y = evaluate('shift', { offsets, strides: [1, 1] }, [images]);
    expect(y).toEqual(floats([3, 3, 2], [3, 0, 5, 0, 0, 0, 9, -2, -11, 4, 0, -6, 15, 8, -17, 10, 0, 12]));
    const strided = evaluate('shift', { offsets, strides: [2, 2] }, [images]);
    expect(strided).toEqual(floats([2, 2, 2], [3, 0, 0, 0, 15, 8, 0, 12]));
  });

  it('of codes fills in the code that stands for 0, and works along a width alone', () => {
    const levels = { integers: [-1, 0, 1], scale: 1 };
    const y = evaluate('shift', { offsets: [[0, -1]], strides: [1, 1] }, [codes([3, 1], [2, 0, 2], levels)]);
    expect(y).toEqual(codes([3, 1], [1, 2, 0], levels));
    expect(evaluate('shift', { offsets: [[1, 0]], strides: [1, 2] }, [codes([3, 1], [2, 0, 2], levels)])).toEqual(
      codes([2, 1], [1, 1], levels),
    );
  });
});

describe('activeShift', () => {
  const offsets = { o: weights([2, 2], [0.3, -1.2, -0.6, 0.7]) };

  it('has the bits of activeShift of @lowbit/shift-ops', () => {
    // what its WASM kernel makes of the same images and offsets
    const one = evaluate('activeShift', { offsets: 'o', strides: [1, 1] }, [images], offsets);
    expect([...one.data]).toEqual([
      0.6399999856948853, 0, 1.4399998188018799, 3.999999523162842, 1.3999998569488525, 7.559999465942383,
      3.999999761581421, 0, 3.359999895095825, 9.75999927520752, -0.9799995422363281, 13.799999237060547, 10, 0,
      3.9600000381469727, 3.359999895095825, -9.379999160766602, 4.680000305175781,
    ]);
    const two = evaluate('activeShift', { offsets: 'o', strides: [2, 2] }, [images], offsets);
    expect([...two.data]).toEqual([
      0.6399999856948853, 0, 1.3999998569488525, 7.559999465942383, 10, 0, -9.379999160766602, 4.680000305175781,
    ]);
  });

  it('is bilinear interpolation', () => {
    const offset = fc.oneof(fc.float({ min: -4, max: 4, noNaN: true }), fc.integer({ min: -3, max: 3 }));
    const strides = fc.tuple(upTo(3), upTo(3));
    fc.assert(
      fc.property(upTo(6), upTo(6), strides, offset, offset, seeds, (height, width, strides, dx, dy, seed) => {
        const x = random([height, width, 1], seed);
        const parameters = { o: weights([2, 1], [dx, dy]) };
        const y = evaluate('activeShift', { offsets: 'o', strides }, [floats([height, width, 1], x)], parameters);
        const expected: number[] = [];
        for (let i = 0; i < height; i += strides[0])
          for (let j = 0; j < width; j += strides[1]) {
            // every pixel weighs what is left of 1 after its distance
            expected.push(
              x.reduce((sum, value, at) => {
                const row = Math.abs(Math.floor(at / width) - i - Math.fround(dy));
                const column = Math.abs((at % width) - j - Math.fround(dx));
                return sum + Math.max(0, 1 - row) * Math.max(0, 1 - column) * value;
              }, 0),
            );
          }
        const shape = [Math.ceil(height / strides[0]), Math.ceil(width / strides[1]), 1];
        expectClose(y, shape, expected);
      }),
    );
  });

  it('by whole offsets is the shift', () => {
    const whole = { o: weights([2, 2], [1, -2, 0, 1]) };
    const active = evaluate('activeShift', { offsets: 'o', strides: [1, 1] }, [images], whole);
    const moved = [
      [0, 1],
      [1, -2],
    ] as const;
    expect([...active.data]).toEqual([...evaluate('shift', { offsets: moved, strides: [1, 1] }, [images]).data]);
  });
});
