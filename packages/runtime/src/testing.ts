import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { CodedParameter, FloatParameter, Levels } from '@lowbit/graph';
import type { Simd } from './wasm/kernels.js';

/** The kind of SIMD that this run of the tests is for. */
export const askedSimd = process.env['LOWBIT_SIMD'] as Simd;

/** Whole numbers from `low` to `high`, the same for the same seed. */
export function randomIntegers(seed: number): (low: number, high: number) => number {
  const generator = xoroshiro128plus(seed);
  return (low, high) => uniformInt(generator, low, high);
}

/** Codes below `count`. */
export function randomCodes(size: number, count: number, seed: number): Uint8Array {
  const draw = randomIntegers(seed);
  return Uint8Array.from({ length: size }, () => draw(0, count - 1));
}

/** Floats of both signs, about 1. */
export function randomFloats(size: number, seed: number): Float32Array {
  const draw = randomIntegers(seed);
  return Float32Array.from({ length: size }, () => (draw(-3000, 3000) / 1000) * 2 ** draw(-2, 0));
}

/** Integers 0, 1, …, count − 1. */
export const upTo = (count: number) => Array.from({ length: count }, (_, code) => code);

/** Activations of so many bits, from 0 on. */
export const unsigned = (bits: number): Exclude<Levels, { values: unknown }> => ({
  integers: upTo(2 ** bits),
  scale: 0.125,
});

/** Weights of random codes. */
export function codedKernel(shape: readonly number[], integers: readonly number[], seed: number): CodedParameter {
  const size = shape.reduce((product, side) => product * side, 1);
  return {
    kind: 'codes',
    shape,
    data: randomCodes(size, integers.length, seed),
    bits: Math.max(1, Math.ceil(Math.log2(integers.length))),
    levels: { integers },
  };
}

export function floatParameter(shape: readonly number[], data: Float32Array): FloatParameter {
  return { kind: 'float32', shape, data };
}
