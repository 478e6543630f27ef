import type { CodedParameter, Levels, Parameter, ValueType } from '@lowbit/graph';

/** What codes count as in sums of integers. */
export function integersOf(type: ValueType): readonly number[] | undefined {
  return type !== 'float32' && 'integers' in type ? type.integers : undefined;
}

/** What coded weights may be, where they count as integers. */
export function weightIntegersOf(parameter: Parameter): readonly number[] | undefined {
  return parameter.kind === 'codes' && 'integers' in parameter.levels ? parameter.levels.integers : undefined;
}

/** What weights count as, in floats: their integers, or their values. */
export function weightsOf(parameter: Parameter): Float32Array {
  if (parameter.kind === 'float32') return parameter.data;
  const { levels } = parameter;
  if ('integers' in levels) return Float32Array.from(parameter.data, (code) => levels.integers[code]!);
  return bookValues(parameter, levels);
}

/** Each weight's value in the code book of its block. */
function bookValues(
  { shape, data }: CodedParameter,
  { values, grid }: { readonly values: Float32Array; readonly grid: readonly number[] },
): Float32Array {
  const count = values.length / grid.reduce((blocks, side) => blocks * side, 1);
  return Float32Array.from(data, (code, at) => {
    let block = 0;
    let stride = 1;
    let gridStride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const index = Math.floor(at / stride) % shape[axis]!;
      block += Math.floor((index * grid[axis]!) / shape[axis]!) * gridStride;
      stride *= shape[axis]!;
      gridStride *= grid[axis]!;
    }
    return values[block * count + code]!;
  });
}

/** What each code stands for, float32. */
export function meaningsOf(levels: Levels): Float32Array {
  if ('values' in levels) return Float32Array.from(levels.values);
  return Float32Array.from(levels.integers, (integer) => levels.scale * integer);
}

/** The numbers that codes count as in sums of products, of 32 bits: integers where the other side has such too, else floats. */
export function factorTable(levels: Levels, isWhole: boolean): Int32Array | Float32Array {
  if ('values' in levels) return Float32Array.from(levels.values);
  return isWhole ? Int32Array.from(levels.integers) : Float32Array.from(levels.integers);
}
