import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFor } from '../seed.js';
import type { Augmentation, ImageShape } from './augmentation.js';
import { flip } from './flip.js';
import { padCrop } from './pad-crop.js';
import { randomResizedCrop } from './random-resized-crop.js';
import { resizeCrop } from './resize.js';

const shapes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 3));

/** Pixels that are all different, none of them 0. */
function numberedImage([height, width, channels]: ImageShape): Float32Array {
  return Float32Array.from({ length: height * width * channels }, (_, i) => i + 1);
}

function applied(augmentation: Augmentation, image: Float32Array, shape: ImageShape, seed: number): Float32Array {
  const out = new Float32Array(image.length).fill(NaN);
  augmentation.apply(image, out, shape, randomFor(seed));
  return out;
}

/** `image` moved up by `down` and left by `right`, zeros coming in: the definition, pixel by pixel. */
function moved(image: Float32Array, [height, width, channels]: ImageShape, down: number, right: number): number[] {
  return Array.from(image, (_, i) => {
    const c = i % channels;
    const column = (Math.floor(i / channels) % width) + right;
    const row = Math.floor(i / channels / width) + down;
    return row < 0 || row >= height || column < 0 || column >= width
      ? 0
      : image[(row * width + column) * channels + c]!;
  });
}

describe('padCrop', () => {
  it('is one of the (2 · pad + 1)² moves', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 4 }), fc.nat(), (shape, pad, seed) => {
        const image = numberedImage(shape);
        const out = applied(padCrop({ pad }), image, shape, seed).join();
        const moves = Array.from({ length: 2 * pad + 1 }, (_, i) => i - pad);
        expect(moves.flatMap((down) => moves.map((right) => moved(image, shape, down, right).join()))).toContain(out);
      }),
    );
  });

  it('makes every move, also none', () => {
    const image = numberedImage([8, 8, 1]);
    const seen = new Set(
      Array.from({ length: 2000 }, (_, seed) => applied(padCrop({ pad: 2 }), image, [8, 8, 1], seed).join()),
    );
    expect(seen.size).toBe(25);
    expect(seen).toContain(image.join());
  });
});

describe('flip', () => {
  it('leaves the image or mirrors each row, half of the time', () => {
    const image = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const outs = Array.from({ length: 1000 }, (_, seed) => applied(flip(), image, [2, 3, 2], seed).join());
    const mirrored = outs.filter((out) => out === '5,6,3,4,1,2,11,12,9,10,7,8').length;
    expect(outs.filter((out) => out === image.join()).length).toBe(1000 - mirrored);
    // Standard deviation 16.
    expect(Math.abs(mirrored - 500)).toBeLessThan(80);
  });
});

describe('randomResizedCrop', () => {
  const options = { scale: [0.2, 0.9], ratio: [0.5, 2] } as const;

  it('takes pieces inside the image, of the area and shape that were asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 400 }),
        fc.integer({ min: 40, max: 400 }),
        fc.nat(),
        (height, width, seed) => {
          const crop = randomResizedCrop(options).crop!(height, width, randomFor(seed));
          expect(Math.min(crop.top, crop.left)).toBeGreaterThanOrEqual(0);
          expect(crop.top + crop.height).toBeLessThanOrEqual(height);
          expect(crop.left + crop.width).toBeLessThanOrEqual(width);
          expect(crop.width / crop.height).toBeGreaterThan(0.45);
          expect(crop.width / crop.height).toBeLessThan(2.2);
          expect((crop.width * crop.height) / (width * height)).toBeLessThan(0.95);
        },
      ),
    );
  });

  it('spreads areas evenly over their range', () => {
    const areas = Array.from({ length: 4000 }, (_, seed) => {
      const { height, width } = randomResizedCrop({ scale: [0.1, 0.5] }).crop!(1000, 1000, randomFor(seed));
      return (height * width) / 1e6;
    });
    const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length;
    // Uniform on [.1, .5]: mean .3, standard deviation of this mean .0018.
    expect(Math.abs(mean - 0.3)).toBeLessThan(0.01);
    expect(Math.min(...areas)).toBeGreaterThan(0.098);
    expect(Math.max(...areas)).toBeLessThan(0.502);
  });

  it.each([
    [10, 1000, { top: 0, left: 493, height: 10, width: 13 }],
    [1000, 10, { top: 493, left: 0, height: 13, width: 10 }],
  ])('takes the middle of an image too long for its ratios, %i × %i', (height, width, crop) => {
    const wide = randomResizedCrop({ scale: [0.9, 1] });
    expect(wide.crop!(height, width, randomFor(1))).toEqual(crop);
  });

  it('resizes its piece to the whole', () => {
    const image = numberedImage([6, 6, 3]);
    const whole = randomResizedCrop({ scale: [1, 1], ratio: [1, 1] });
    expect(applied(whole, image, [6, 6, 3], 3)).toEqual(image);
  });
});

describe('resizeCrop', () => {
  it('enlarges by bilinear interpolation between pixel centres', () => {
    const out = new Float32Array(16);
    resizeCrop(Float32Array.from([0, 4, 9, 9, 8, 12, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]), out, [4, 4, 1], {
      top: 0,
      left: 0,
      height: 2,
      width: 2,
    });
    // The centres of four samples on two pixels lie at −¼, ¼, ¾ and 1¼; beyond the outer ones the edge goes on.
    expect([...out]).toEqual([0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12]);
  });

  it('keeps a plane a plane away from the edges of the piece', () => {
    const image = Float32Array.from({ length: 100 }, (_, i) => 2 * Math.floor(i / 10) + 3 * (i % 10));
    const out = new Float32Array(100);
    resizeCrop(image, out, [10, 10, 1], { top: 2, left: 1, height: 5, width: 8 });
    for (let row = 1; row < 9; row++) {
      for (let column = 1; column < 9; column++) {
        const [y, x] = [2 + (row + 0.5) * 0.5 - 0.5, 1 + (column + 0.5) * 0.8 - 0.5];
        expect(out[row * 10 + column]).toBeCloseTo(2 * y + 3 * x, 4);
      }
    }
  });
});
