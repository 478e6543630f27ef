import { ELEMENT, type TensorProto } from '@lowbit/onnx-proto';
import { LowbitError } from '@lowbit/plugin-api';
import { constant, sizeOf, type Constant, type Kind } from './constant.js';

/** Element types that are read, and how their bytes are. */
const TYPES = new Map<number, { kind: Kind; bytes: number; get: (view: DataView, at: number) => number }>([
  [ELEMENT.float, { kind: 'float', bytes: 4, get: (view, at) => view.getFloat32(at, true) }],
  [ELEMENT.double, { kind: 'float', bytes: 8, get: (view, at) => view.getFloat64(at, true) }],
  [ELEMENT.int64, { kind: 'int', bytes: 8, get: (view, at) => Number(view.getBigInt64(at, true)) }],
  [ELEMENT.int32, { kind: 'int', bytes: 4, get: (view, at) => view.getInt32(at, true) }],
  [ELEMENT.int8, { kind: 'int', bytes: 1, get: (view, at) => view.getInt8(at) }],
  [ELEMENT.uint8, { kind: 'int', bytes: 1, get: (view, at) => view.getUint8(at) }],
  [ELEMENT.bool, { kind: 'bool', bytes: 1, get: (view, at) => (view.getUint8(at) ? 1 : 0) }],
]);

/** What an element type is here; undefined of one that is not read. */
export function kindOf(elementType: number | undefined): Kind | undefined {
  return TYPES.get(elementType ?? 0)?.kind;
}

/** The bytes of a tensor that lie in another file. */
export type External = (tensor: TensorProto, where: string) => Uint8Array;

/** @throws LowbitError ('data') a shape that is none, or another number of values; ('unsupported') another element type */
export function readTensor(tensor: TensorProto, where: string, external: External): Constant {
  const { dims = [], dataType } = tensor;
  const type = TYPES.get(dataType ?? 0);
  if (!type) {
    const hint = 'export the model in float32, with integers of 64, 32 or 8 bits';
    throw new LowbitError('unsupported', { what: 'an element type that is not read', where, received: dataType, hint });
  }
  const size = sizeOf(dims);
  if (!dims.every((side) => Number.isSafeInteger(side) && side >= 0) || !Number.isSafeInteger(size)) {
    throw new LowbitError('data', { what: 'a shape that no tensor has', where, received: dims });
  }
  const raw = tensor.externalData?.length ? external(tensor, where) : tensor.rawData;
  const listed = tensor.floatData ?? tensor.int32Data ?? tensor.int64Data ?? tensor.doubleData;
  const count = raw ? raw.length / type.bytes : (listed?.length ?? 0);
  if (count !== size) {
    const what = `a shape of ${size} values, and data of ${count}`;
    throw new LowbitError('data', {
      what,
      where,
      received: dims,
      hint: 'the file is damaged: fetch or export it again',
    });
  }
  if (!raw) return constant(type.kind, dims, listed ?? []);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const data = type.kind === 'float' ? new Float32Array(size) : new Float64Array(size);
  for (let i = 0; i < size; i++) data[i] = type.get(view, i * type.bytes);
  return constant(type.kind, dims, data);
}
