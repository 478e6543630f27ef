import type { FloatParameter, Levels, Pair, Pads } from '@lowbit/graph';
import { beforeAll, describe, expect, it } from 'vitest';
import { askedSimd, codedKernel, randomCodes, randomFloats, randomIntegers, unsigned, upTo } from '../testing.js';
import { Heap } from '../wasm/heap.js';
import { engine, type Engine } from '../wasm/kernels.js';
import { convolution, type ConvolutionSpec } from './convolution.js';
import { integersOf, weightsOf } from './parameters.js';

const { fround } = Math;

let host: Engine;
beforeAll(async () => {
  host = await engine(askedSimd);
});

type Data = Uint8Array | Float32Array;

/** Runs a convolution on a fresh heap; one place after the other in pieces, as threads would. */
async function run(spec: ConvolutionSpec, data: Data) {
  const heap = new Heap(await engine(askedSimd));
  const size = spec.output.height * spec.output.width * spec.kernel.shape[3]!;
  const from = heap.put(data);
  const to = heap.reserve(size * 4 + 16);
  const { records, places, product } = convolution(heap, spec, from, to);
  heap.bytes(to, size * 4 + 16).fill(99);
  const { kernels } = heap.engine;
  for (const record of records) {
    const scratch = heap.reserve(kernels.convolutionScratch(record));
    const middle = Math.min(places, 3);
    kernels.convolve(record, 0, middle, scratch);
    kernels.convolve(record, middle, places, scratch);
  }
  const bytes = spec.thresholds ? size : size * 4;
  const result = spec.thresholds ? heap.bytes(to, size).slice() : heap.floats(to, size).slice();
  expect(heap.bytes(to + bytes, 16).every((byte) => byte === 99)).toBe(true);
  return { result, product };
}

/** The same by plain loops. */
function expected(spec: ConvolutionSpec, data: Data): Data {
  const { input, output, kernel, strides, pads, dilations, groups, offsets } = spec;
  const [rows, columns, depth, filters] = kernel.shape as [number, number, number, number];
  const weights = weightsOf(kernel);
  const integers = integersOf(input.type);
  const isWhole = integers !== undefined && kernel.kind === 'codes' && 'integers' in kernel.levels;
  const meaning = integers;
  const value = (index: number) => (meaning ? meaning[data[index]!]! : data[index]!);
  const round = isWhole ? (x: number) => x : fround;
  const result: number[] = [];
  for (let i = 0; i < output.height; i++)
    for (let j = 0; j < output.width; j++)
      for (let filter = 0; filter < filters; filter++) {
        const group = Math.floor(filter / (filters / groups));
        let sum = 0;
        for (let u = 0; u < rows; u++)
          for (let v = 0; v < columns; v++)
            for (let c = 0; c < depth; c++) {
              const channel = group * depth + c;
              const [dy, dx] = offsets?.[channel] ?? [0, 0];
              const row = i * strides[0] + u * dilations[0] - pads[0] + dy;
              const column = j * strides[1] + v * dilations[1] - pads[1] + dx;
              if (row < 0 || row >= input.height || column < 0 || column >= input.width) continue;
              const weight = weights[((u * columns + v) * depth + c) * filters + filter]!;
              sum = round(sum + round(value((row * input.width + column) * input.channels + channel) * weight));
            }
        const { scale, bias, thresholds } = spec;
        let y = fround(sum);
        if (scale) y = fround(y * scale[scale.length === 1 ? 0 : filter]!);
        if (bias) y = fround(y + bias[filter]!);
        result.push(thresholds ? thresholds.reduce((code, t) => (y >= t ? code + 1 : code), 0) : y);
      }
  return spec.thresholds ? Uint8Array.from(result) : Float32Array.from(result);
}

function floatKernel(shape: readonly number[]): FloatParameter {
  return {
    kind: 'float32',
    shape,
    data: randomFloats(
      shape.reduce((a, b) => a * b, 1),
      12,
    ),
  };
}

interface Shape {
  readonly size: Pair;
  readonly channels: number;
  readonly filters: number;
  readonly window?: Pair;
  readonly strides?: Pair;
  readonly pads?: Pads;
  readonly dilations?: Pair;
  readonly groups?: number;
}

function specOf(
  shape: Shape,
  type: ConvolutionSpec['input']['type'],
  kernel: ConvolutionSpec['kernel'],
): ConvolutionSpec {
  const {
    size,
    channels,
    window = [1, 1],
    strides = [1, 1],
    pads = [0, 0, 0, 0],
    dilations = [1, 1],
    groups = 1,
  } = shape;
  const side = (axis: 0 | 1) =>
    Math.floor((size[axis] + pads[axis] + pads[axis + 2]! - (window[axis] - 1) * dilations[axis] - 1) / strides[axis]) +
    1;
  return {
    input: { type, height: size[0], width: size[1], channels },
    output: { height: side(0), width: side(1) },
    kernel,
    strides,
    pads,
    dilations,
    groups,
  };
}

/** A convolution with scale and bias that spread its sums over all codes, or thresholds of any kind. */
function withEpilogue(spec: ConvolutionSpec, levels: number, seed: number, isEven = true): ConvolutionSpec {
  const filters = spec.kernel.shape[3]!;
  const depth = spec.kernel.shape.slice(0, 3).reduce((a, b) => a * b, 1);
  const draw = randomIntegers(seed);
  const scale = Float32Array.from(
    { length: filters },
    () => (draw(1, 3000) / 1000 / Math.sqrt(depth)) * (draw(0, 3) ? 1 : -1),
  );
  if (filters > 5) scale[5] = 0;
  const bias = randomFloats(filters, seed + 1);
  const thresholds = Float32Array.from({ length: levels - 1 }, (_, k) =>
    isEven ? (k + 0.5) / 3 - 1 : k ** 1.7 / 5 - 2,
  );
  return { ...spec, scale, bias, ...(levels ? { thresholds } : {}) };
}

const SHAPES: Record<string, Shape> = {
  'a point-wise one': { size: [3, 5], channels: 32, filters: 32 },
  'odd sizes': { size: [3, 3], channels: 19, filters: 21 },
  'one channel': { size: [1, 1], channels: 1, filters: 1 },
  strides: { size: [5, 4], channels: 16, filters: 10, strides: [2, 2] },
  '3×3 with padding': { size: [5, 6], channels: 16, filters: 17, window: [3, 3], pads: [1, 1, 1, 1] },
  '3×3 of one channel': { size: [4, 7], channels: 1, filters: 33, window: [3, 3], pads: [0, 1, 0, 1], strides: [1, 2] },
  '5×2, dilated': { size: [9, 8], channels: 3, filters: 7, window: [5, 2], pads: [2, 1, 2, 0], dilations: [2, 3] },
  groups: { size: [4, 4], channels: 24, filters: 36, window: [3, 3], pads: [1, 1, 1, 1], groups: 3 },
  depthwise: {
    size: [5, 4],
    channels: 37,
    filters: 37,
    window: [3, 3],
    pads: [1, 1, 1, 1],
    strides: [2, 1],
    groups: 37,
  },
  'groups of one channel': { size: [3, 4], channels: 4, filters: 8, window: [2, 2], pads: [0, 0, 1, 1], groups: 4 },
  'more channels than a chunk': { size: [1, 3], channels: 2083, filters: 18 },
  'a window wider than the image': { size: [2, 2], channels: 4, filters: 5, window: [5, 5], pads: [2, 2, 2, 2] },
};

interface Kind {
  readonly type: Levels & { readonly integers: readonly number[] };
  readonly weights: readonly number[];
  readonly plain: string;
  readonly relaxed: string;
}

const signed = (bits: number) => upTo(2 ** bits).map((code) => code - 2 ** (bits - 1));

const KINDS: Record<string, Kind> = {
  W1A4: { type: unsigned(4), weights: [-1, 1], plain: 'lookups', relaxed: 'lookups' },
  W1A1: { type: { integers: [-1, 1], scale: 1 }, weights: [1, -1], plain: 'lookups', relaxed: 'lookups' },
  W2A2: { type: unsigned(2), weights: [-3, -1, 1, 3], plain: 'manyDots', relaxed: 'relaxed' },
  'ternary W, A4': { type: unsigned(4), weights: [-1, 0, 1], plain: 'manyDots', relaxed: 'relaxed' },
  W4A4: { type: unsigned(4), weights: signed(4), plain: 'fourDots', relaxed: 'relaxed' },
  W8A8: { type: unsigned(8), weights: signed(8), plain: 'dots', relaxed: 'relaxed or dots' },
  'W3 by signed A3': {
    type: { integers: signed(3), scale: 2 },
    weights: signed(3),
    plain: 'manyDots',
    relaxed: 'relaxed',
  },
  'powers of two': {
    type: { integers: [0, 1, 2, 4], scale: 1 },
    weights: [-4, -2, -1, 0, 1, 2, 4],
    plain: 'dots',
    relaxed: 'dots',
  },
  'signed A8': {
    type: { integers: signed(8), scale: 1 },
    weights: signed(8),
    plain: 'dots',
    relaxed: 'relaxed or dots',
  },
};

describe.each(Object.entries(KINDS))('%s', (_, { type, weights, plain, relaxed }) => {
  describe.each(Object.entries(SHAPES))('%s', (_, shape) => {
    const { window = [1, 1], channels, filters, groups = 1, size } = shape;
    const kernel = codedKernel([...window, channels / groups, filters], weights, 3);
    const spec = specOf(shape, type, kernel);
    const count = type.integers.length;
    const data = randomCodes(size[0] * size[1] * channels, count, 4);
    data.fill(count - 1, 0, channels);

    it('gives floats', async () => {
      const { result, product } = await run(withEpilogue(spec, 0, 5), data);
      expect(result).toEqual(expected(withEpilogue(spec, 0, 5), data));
      const isUsual = (type.integers.includes(0) || !shape.pads) && product !== 'depthwise';
      if (isUsual) expect(host.simd === 'plain' ? plain : relaxed).toContain(product.replace(/^relaxed.*/, 'relaxed'));
    });

    it('gives sums', async () => expect((await run(spec, data)).result).toEqual(expected(spec, data)));

    it.each([2, 3, 4, 16, 256])('gives %i codes', async (levels) => {
      const all = withEpilogue(spec, levels, 6);
      expect((await run(all, data)).result).toEqual(expected(all, data));
    });

    it('gives codes of thresholds that lie unevenly', async () => {
      const all = withEpilogue(spec, 9, 6, false);
      expect((await run(all, data)).result).toEqual(expected(all, data));
    });
  });
});

describe('floats', () => {
  describe.each(Object.entries(SHAPES))('%s', (_, shape) => {
    const { window = [1, 1], channels, filters, groups = 1, size } = shape;
    const data = randomFloats(size[0] * size[1] * channels, 7);
    const kernels: Record<string, FloatParameter> = {
      floats: floatKernel([...window, channels / groups, filters]),
    };

    it.each(Object.entries(kernels))('by %s', async (_, kernel) => {
      const spec = specOf(shape, 'float32', kernel);
      expect((await run(spec, data)).result).toEqual(expected(spec, data));
      for (const levels of [0, 4, 16]) {
        const all = withEpilogue(spec, levels, 8);
        expect((await run(all, data)).result).toEqual(expected(all, data));
      }
    });
  });
});

describe('a shift before a point-wise convolution', () => {
  it.each([1, 2])('of stride %i reads from where each channel comes', async (stride) => {
    const [channels, filters] = [43, 20];
    const draw = randomIntegers(9);
    const offsets = Array.from({ length: channels }, (): Pair => [draw(-2, 2), draw(-1, 1)]);
    for (const { type, weights } of Object.values(KINDS)) {
      if (!type.integers.includes(0)) continue;
      const shape = { size: [5, 6] as const, channels, filters, strides: [stride, stride] as const };
      const spec = { ...specOf(shape, type, codedKernel([1, 1, channels, filters], weights, 3)), offsets };
      const data = randomCodes(30 * channels, type.integers.length, 10);
      const all = withEpilogue(spec, 16, 11);
      expect((await run(all, data)).result).toEqual(expected(all, data));
    }
  });
});
