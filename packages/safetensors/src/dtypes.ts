/**
 * The element types that JavaScript can hold, each with the array that holds it, in the order in which the reference
 * implementation ranks them. F16 and BF16 are raw 16-bit patterns; BOOL is one byte, 0 or 1.
 */
const ARRAYS = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
} as const satisfies { [D in Dtype]: new (buffer: ArrayBuffer) => Arrays[D] };

/** The typed array that holds each element type. */
export interface Arrays {
  readonly BOOL: Uint8Array;
  readonly U8: Uint8Array;
  readonly I8: Int8Array;
  readonly I16: Int16Array;
  readonly U16: Uint16Array;
  readonly F16: Uint16Array;
  readonly BF16: Uint16Array;
  readonly I32: Int32Array;
  readonly U32: Uint32Array;
  readonly F32: Float32Array;
  readonly F64: Float64Array;
  readonly I64: BigInt64Array;
  readonly U64: BigUint64Array;
}

/** The name of an element type in a file's header. */
export type Dtype = keyof Arrays;

/** A dense tensor, row-major; `shape` is empty for a scalar. */
export type SafeTensor = {
  [D in Dtype]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: Arrays[D];
  };
}[Dtype];

/** The names of the element types, smallest rank first. */
export const DTYPES = Object.keys(ARRAYS) as readonly Dtype[];

export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(ARRAYS, name);
}

export function bytesPerElement(dtype: Dtype): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** Whether `data` is the typed array that holds `dtype`, from whatever realm it comes. */
export function holds(dtype: Dtype, data: unknown): data is SafeTensor['data'] {
  return ArrayBuffer.isView(data) && Object.prototype.toString.call(data) === `[object ${ARRAYS[dtype].name}]`;
}

/** The elements in `bytes`: a view where its address is a multiple of the element's size, else a copy. */
export function elements(dtype: Dtype, bytes: Uint8Array): SafeTensor['data'] {
  const size = bytesPerElement(dtype);
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new ARRAYS[dtype](buffer as ArrayBuffer, byteOffset, byteLength / size) as SafeTensor['data'];
}

/**
 * The number of elements of a shape, or undefined when it is not a list of sizes (integers ≥ 0) or has more elements than a
 * double counts exactly.
 */
export function elementCount(shape: unknown): number | undefined {
  if (!Array.isArray(shape)) return undefined;
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}
