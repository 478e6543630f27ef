import type { Point } from './ink.js';

/** Pixels of a side of the data set's bitmaps, and the blocks in which their ink is counted. */
const SIDE = 32;
const BLOCK = 4;
const BLOCKS = SIDE / BLOCK;

/** What digits may be as wide as. They are as high as the bitmap. */
const WIDTH = 22;
/** By how much narrow ones are widened at most. */
const WIDENED = 1.5;
/** The share of the bitmap that is ink. */
const INK = 0.3;
/** Rounds in which the margin comes to be half of the pen's width. */
const ROUNDS = 3;

/**
 * Makes of ink what the digits' data set has made of it: NIST's programs have set digits upright, scaled them to a bitmap of 32×32 and evened out
 * their pens; the pixels with ink were then counted in blocks of 4×4 (E. Alpaydin, C. Kaynak, "Cascading Classifiers", Kybernetika 34 (4),
 * 1998). Share of ink and widths are those of the training examples.
 *
 * @param ink where there is ink, spread evenly over it
 * @returns 8×8 numbers 0 … 16, row-major; zeros where there is no ink
 */
export function digitOf(ink: readonly Point[]): Float32Array {
  const counts = new Float32Array(BLOCKS * BLOCKS);
  if (ink.length === 0) return counts;
  const upright = withoutSlant(ink);
  let margin = 0;
  let distances = new Float64Array(0);
  for (let round = 0; round < ROUNDS; round++) {
    distances = distancesTo(fit(upright, margin));
    margin = quantile(distances, INK);
  }
  distances.forEach((distance, i) => {
    const [row, column] = [Math.floor(i / SIDE / BLOCK), Math.floor((i % SIDE) / BLOCK)];
    if (distance <= margin) counts[row * BLOCKS + column]!++;
  });
  return counts;
}

/** Sheared, so that what is further down is not further to one side. */
function withoutSlant(ink: readonly Point[]): Point[] {
  const mean = (of: (point: Point) => number) => ink.reduce((sum, point) => sum + of(point), 0) / ink.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const slant = mean((point) => (point.x - x) * (point.y - y)) / (mean((point) => (point.y - y) ** 2) || 1);
  return ink.map((point) => ({ x: point.x - slant * (point.y - y), y: point.y }));
}

/** Scaled into the bitmap's middle, its edges `margin` away from the ink. */
function fit(ink: readonly Point[], margin: number): Point[] {
  const [left, right] = extent(ink.map(({ x }) => x));
  const [top, bottom] = extent(ink.map(({ y }) => y));
  const [width, height] = [right - left, bottom - top];
  const most = { x: Math.max(0, WIDTH - 2 * margin), y: Math.max(0, SIDE - 2 * margin) };
  const scaleY = height > 0 ? most.y / height : Infinity;
  const widest = width > 0 ? most.x / width : Infinity;
  const scaleX = Math.min(widest, WIDENED * scaleY);
  const place = (at: number, low: number, high: number, scale: number) =>
    SIDE / 2 + (Number.isFinite(scale) ? (at - (low + high) / 2) * scale : 0);
  return ink.map(({ x, y }) => ({
    x: place(x, left, right, scaleX),
    y: place(y, top, bottom, Math.min(scaleY, 4 * scaleX)),
  }));
}

function extent(values: readonly number[]): [number, number] {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

/** Of each pixel's middle to the ink that is nearest, in pixels. */
function distancesTo(ink: readonly Point[]): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [(i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5];
    let nearest = Infinity;
    for (const point of ink) nearest = Math.min(nearest, (point.x - x) ** 2 + (point.y - y) ** 2);
    return Math.sqrt(nearest);
  });
}

function quantile(values: Float64Array, part: number): number {
  return values.slice().sort()[Math.floor(part * (values.length - 1))]!;
}
