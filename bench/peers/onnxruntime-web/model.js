// ONNX models of one int8 product, written byte by byte: a few fields of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
const FLOAT = 1;
const UINT8 = 2;
const INT8 = 3;
const INT32 = 6;

/** [places, channels] uint8 by random [channels, filters] int8: int32. */
export function matMulInteger([places, channels, filters]) {
  const inputs = ['x', 'w', 'xz', 'wz'];
  return model(node('MatMulInteger', inputs), {
    x: value('x', UINT8, [places, channels]),
    y: value('y', INT32, [places, filters]),
    constants: [
      tensor('w', INT8, [channels, filters], noise(channels * filters)),
      tensor('xz', UINT8, [], Uint8Array.of(128)),
      tensor('wz', INT8, [filters], new Uint8Array(filters)),
    ],
  });
}

/** The same as a point-wise convolution of [1, 1, places, channels], channels last, with a scale for each filter: uint8. */
export function qLinearConv([places, channels, filters]) {
  const scales = Float32Array.from({ length: filters }, (_, filter) => 0.01 * (0.5 + filter / filters));
  const inputs = ['x', 'xs', 'xz', 'w', 'ws', 'wz', 'ys', 'yz'];
  const attributes = [ints('kernel_shape', [1, 1]), int('channels_last', 1)];
  return model(node('QLinearConv', inputs, 'com.microsoft', attributes), {
    x: value('x', UINT8, [1, 1, places, channels]),
    y: value('y', UINT8, [1, 1, places, filters]),
    constants: [
      tensor('xs', FLOAT, [], bytesOf(Float32Array.of(0.02))),
      tensor('xz', UINT8, [], Uint8Array.of(128)),
      tensor('w', INT8, [filters, channels, 1, 1], noise(channels * filters)),
      tensor('ws', FLOAT, [filters], bytesOf(scales)),
      tensor('wz', INT8, [filters], new Uint8Array(filters)),
      tensor('ys', FLOAT, [], bytesOf(Float32Array.of(0.5))),
      tensor('yz', UINT8, [], Uint8Array.of(128)),
    ],
  });
}

const noise = (size) => Uint8Array.from({ length: size }, (_, k) => ((k * 2654435761) % 255) - 127);
const bytesOf = ({ buffer }) => new Uint8Array(buffer);

// the wire format: a field's number and kind, then a varint (kind 0) or a length and bytes (kind 2)
const varint = (number) => (number < 128 ? [number] : [(number % 128) | 128, ...varint(Math.floor(number / 128))]);
const whole = (field, number) => Uint8Array.from([...varint(field << 3), ...varint(number)]);
const piece = (field, ...parts) => {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([Uint8Array.from([...varint((field << 3) | 2), ...varint(bytes.length)]), bytes]);
};

const model = (operation, { x, y, constants }) =>
  Buffer.concat([
    whole(1, 9),
    piece(
      7,
      piece(1, operation),
      piece(2, 'product'),
      ...constants.map((each) => piece(5, each)),
      piece(11, x),
      piece(12, y),
    ),
    piece(8, piece(1, ''), whole(2, 17)),
    piece(8, piece(1, 'com.microsoft'), whole(2, 1)),
  ]);
const node = (op, inputs, domain = '', attributes = []) =>
  Buffer.concat([
    ...inputs.map((name) => piece(1, name)),
    piece(2, 'y'),
    piece(4, op),
    ...attributes.map((each) => piece(5, each)),
    piece(7, domain),
  ]);
const int = (name, number) => Buffer.concat([piece(1, name), whole(3, number), whole(20, 2)]);
const ints = (name, numbers) => Buffer.concat([piece(1, name), ...numbers.map((each) => whole(8, each)), whole(20, 7)]);
const tensor = (name, type, shape, data) =>
  Buffer.concat([...shape.map((side) => whole(1, side)), whole(2, type), piece(8, name), piece(9, data)]);
const value = (name, type, shape) =>
  Buffer.concat([
    piece(1, name),
    piece(2, piece(1, whole(1, type), piece(2, ...shape.map((side) => piece(1, whole(1, side)))))),
  ]);
