import { ELEMENT, type ElementType, type TensorProto } from '@lowbit/onnx-proto';

/** A constant before it has a name. */
export type Tensor = Omit<TensorProto, 'name'>;

/** Float32 numbers, row-major; a scalar where `dims` is empty. */
export function floats(data: Float32Array | readonly number[], dims: readonly number[] = [data.length]): Tensor {
  const bytes = new Uint8Array(data.length * 4);
  const view = new DataView(bytes.buffer);
  data.forEach((value, i) => view.setFloat32(i * 4, value, true));
  return { dims: [...dims], dataType: ELEMENT.float, rawData: bytes };
}

/** 64-bit integers, which ONNX asks for where it means sizes, axes and indices. */
export function int64s(data: readonly number[], dims: readonly number[] = [data.length]): Tensor {
  const bytes = new Uint8Array(data.length * 8);
  const view = new DataView(bytes.buffer);
  data.forEach((value, i) => view.setBigInt64(i * 8, BigInt(value), true));
  return { dims: [...dims], dataType: ELEMENT.int64, rawData: bytes };
}

/** Integers of 8 bits, or of 4: two in a byte, the first in its low half. */
export function integers(type: IntegerType, data: ArrayLike<number>, dims: readonly number[]): Tensor {
  const all = Uint8Array.from(data, (value) => value & 255);
  if (INTEGER_TYPES[type].bits === 8) return { dims: [...dims], dataType: ELEMENT[type], rawData: all };
  const bytes = new Uint8Array(Math.ceil(all.length / 2));
  all.forEach((value, i) => (bytes[i >> 1]! |= (value & 15) << ((i & 1) * 4)));
  return { dims: [...dims], dataType: ELEMENT[type], rawData: bytes };
}

type IntegerType = Extract<ElementType, 'int4' | 'uint4' | 'int8' | 'uint8'>;

/** What QuantizeLinear and DequantizeLinear have, narrow ones first. */
const INTEGER_TYPES: Readonly<Record<IntegerType, { bits: 4 | 8; min: number; max: number }>> = {
  int4: { bits: 4, min: -8, max: 7 },
  uint4: { bits: 4, min: 0, max: 15 },
  uint8: { bits: 8, min: 0, max: 255 },
  int8: { bits: 8, min: -128, max: 127 },
};

/** The narrowest type of at least so many bits that holds all of `values`, if there is one. */
export function integerType(values: Iterable<number>, bits: 4 | 8): IntegerType | undefined {
  let [min, max] = [0, 0];
  for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
  const types = Object.keys(INTEGER_TYPES) as IntegerType[];
  return types.find((type) => {
    const holds = INTEGER_TYPES[type];
    return holds.bits >= bits && min >= holds.min && max <= holds.max;
  });
}
