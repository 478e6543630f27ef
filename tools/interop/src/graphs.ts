import type { CodedLevels, Graph, GraphNode, Levels, Parameter } from '@lowbit/graph';

/** Numbers from −1 to 1, the same for the same seed: Marsaglia's xorshift32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Parameters with numbers of a seed. */
export function randomParameters(seed: number) {
  const random = randomNumbers(seed);
  return {
    floats: (...shape: number[]): Parameter => ({
      kind: 'float32',
      shape,
      data: Float32Array.from({ length: sizeOf(shape) }, random),
    }),
    codes(levels: CodedLevels, bits: number, ...shape: number[]): Parameter {
      const count = 'integers' in levels ? levels.integers.length : levels.values.length / sizeOf(levels.grid);
      const data = Uint8Array.from({ length: sizeOf(shape) }, () => Math.floor(((random() + 1) / 2) * count));
      return { kind: 'codes', shape, bits, levels, data };
    },
  };
}

export function vector(...data: number[]): Parameter {
  return { kind: 'float32', shape: [data.length], data: Float32Array.from(data) };
}

export function range(low: number, high: number): number[] {
  return Array.from({ length: high - low + 1 }, (_, i) => low + i);
}

/** Integers from `low` to `high` and the thresholds of rounding x / scale to them, as DoReFa has them: round(x · top) / top. */
export function rounding(low: number, high: number, scale: number): { levels: Levels; thresholds: Parameter } {
  const integers = range(low, high);
  const thresholds = integers.slice(1).map((integer) => (integer - 0.5) * scale);
  return { levels: { integers, scale: Math.fround(scale) }, thresholds: vector(...thresholds) };
}

/** A graph of one input 'x' whose last node is its output. */
export function graphOf(
  shape: readonly number[],
  nodes: readonly GraphNode[],
  parameters: Readonly<Record<string, Parameter>> = {},
): Graph {
  return { inputs: [{ name: 'x', shape }], nodes, outputs: [nodes.at(-1)!.name], parameters };
}

/** A window of one place. */
export const POINT = { strides: [1, 1], pads: [0, 0, 0, 0] } as const;
export const PLAIN = { ...POINT, dilations: [1, 1], groups: 1 } as const;
export const SAME = { ...PLAIN, pads: [1, 1, 1, 1] } as const;
