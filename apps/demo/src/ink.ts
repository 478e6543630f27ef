/** A place on the pad or in an image: x to the right, y down, in any unit. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Ink along strokes, which are lines from point to point: a point every `step`. */
export function inkOfStrokes(strokes: readonly (readonly Point[])[], step: number): Point[] {
  return strokes.flatMap((stroke) =>
    stroke.flatMap((to, i) => {
      const from = stroke[Math.max(0, i - 1)]!;
      const count = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / step));
      const at = (part: number) => ({ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part });
      return Array.from({ length: count }, (_, k) => at((k + 1) / count));
    }),
  );
}

/** Pixels as a canvas has them: red, green, blue and opacity, row-major, 0 … 255. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** What is less far apart than this, of 255, is one colour. */
const LEAST_CONTRAST = 32;

/**
 * The pixels of an image that are ink: those on that side of Otsu's threshold where fewer of its edge's pixels are, so that dark ink on light
 * paper is found as well as chalk on a board (N. Otsu, "A Threshold Selection Method from Gray-Level Histograms", 1979). None in an image of one
 * colour.
 */
export function inkOfImage({ width, height, data }: Pixels): Point[] {
  const grays = Uint8Array.from({ length: width * height }, (_, i) => {
    const [red, green, blue, opacity] = data.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    return 255 + ((0.299 * red + 0.587 * green + 0.114 * blue - 255) * opacity) / 255;
  });
  const [darkest, lightest] = [Math.min(...grays), Math.max(...grays)];
  if (!(lightest - darkest >= LEAST_CONTRAST)) return [];
  const threshold = otsu(grays);
  const edge = (i: number) => i < width || i >= width * (height - 1) || i % width === 0 || i % width === width - 1;
  const places = [...grays.keys()];
  const border = places.filter(edge);
  const light = border.filter((i) => grays[i]! > threshold).length;
  const isDark = 2 * light >= border.length;
  return places
    .filter((i) => grays[i]! <= threshold === isDark)
    .map((i) => ({ x: i % width, y: Math.floor(i / width) }));
}

/** The gray up to which values are the darker ones: that parts them with the largest variance between. */
function otsu(grays: Uint8Array): number {
  const histogram = new Float64Array(256);
  for (const gray of grays) histogram[gray]!++;
  const total = grays.reduce((sum, gray) => sum + gray, 0);
  let [count, sum, best, largest] = [0, 0, 0, -1];
  histogram.forEach((number, gray) => {
    count += number;
    sum += number * gray;
    const rest = grays.length - count;
    if (count === 0 || rest === 0) return;
    const between = count * rest * (sum / count - (total - sum) / rest) ** 2;
    if (between > largest) [best, largest] = [gray, between];
  });
  return best;
}
