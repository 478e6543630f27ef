import { expect, it } from 'vitest';
import { ELEMENT } from '@lowbit/onnx-proto';
import { floats, int64s, integers, integerType } from './tensors.js';

it('floats and sizes are little-endian', () => {
  expect(floats([1, -2], [2, 1])).toEqual({
    ...{ dims: [2, 1], dataType: ELEMENT.float },
    rawData: Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 192),
  });
  expect(int64s([-2])).toEqual({
    ...{ dims: [1], dataType: ELEMENT.int64 },
    rawData: Uint8Array.of(254, 255, 255, 255, 255, 255, 255, 255),
  });
});

// onnx.proto: "the first element is stored in the 4 least significant bits"
it('two integers of 4 bits share a byte, the first in the low half', () => {
  expect(integers('int4', [1, -2, -8], [3])).toEqual({
    ...{ dims: [3], dataType: ELEMENT.int4 },
    rawData: Uint8Array.of(0xe1, 0x08),
  });
  expect(integers('int8', [-1, 127], [2]).rawData).toEqual(Uint8Array.of(255, 127));
});

it.each([
  [[-1, 0, 1], 4, 'int4'],
  [[0, 15], 4, 'uint4'],
  [[-1, 15], 4, 'int8'],
  [[0, 200], 4, 'uint8'],
  [[0, 1], 8, 'uint8'],
  [[-128, 127], 8, 'int8'],
  [[-1, 128], 8, undefined],
] as const)('%j in at least %i bits is %s', (values, bits, type) => {
  expect(integerType(values, bits)).toBe(type);
});
