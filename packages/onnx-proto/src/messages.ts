import type { MessageOf } from './protobuf.js';

// The messages of onnx.proto (ONNX 1.22, IR version 13) and of them the fields that are written or read. None of what is left out
// is required by a reader.

/** Element types (TensorProto.DataType). */
export const ELEMENT = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  double: 11,
  uint4: 21,
  int4: 22,
} as const;

export type ElementType = keyof typeof ELEMENT;

/** Kinds of attributes (AttributeProto.AttributeType). */
export const ATTRIBUTE = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

const STRING_ENTRY = { key: [1, 'string'], value: [2, 'string'] } as const;

const TENSOR = {
  dims: [1, 'int64', 'many'],
  dataType: [2, 'int64'],
  floatData: [4, 'float', 'many'],
  int32Data: [5, 'int64', 'many'],
  int64Data: [7, 'int64', 'many'],
  name: [8, 'string'],
  rawData: [9, 'bytes'],
  doubleData: [10, 'double', 'many'],
  /** location, offset and length, where the data lies in another file. */
  externalData: [13, STRING_ENTRY, 'many'],
} as const;

const ATTRIBUTE_PROTO = {
  name: [1, 'string'],
  f: [2, 'float'],
  i: [3, 'int64'],
  s: [4, 'bytes'],
  t: [5, TENSOR],
  /** A graph inside, which is not read. */
  g: [6, 'bytes'],
  floats: [7, 'float', 'many'],
  ints: [8, 'int64', 'many'],
  strings: [9, 'bytes', 'many'],
  type: [20, 'int64'],
} as const;

const NODE = {
  input: [1, 'string', 'many'],
  output: [2, 'string', 'many'],
  name: [3, 'string'],
  opType: [4, 'string'],
  attribute: [5, ATTRIBUTE_PROTO, 'many'],
  domain: [7, 'string'],
} as const;

const DIMENSION = { dimValue: [1, 'int64'], dimParam: [2, 'string'] } as const;
const SHAPE = { dim: [1, DIMENSION, 'many'] } as const;
const TENSOR_TYPE = { elemType: [1, 'int64'], shape: [2, SHAPE] } as const;
const VALUE_INFO = { name: [1, 'string'], type: [2, { tensorType: [1, TENSOR_TYPE] }] } as const;

const GRAPH_PROTO = {
  node: [1, NODE, 'many'],
  name: [2, 'string'],
  initializer: [5, TENSOR, 'many'],
  input: [11, VALUE_INFO, 'many'],
  output: [12, VALUE_INFO, 'many'],
  valueInfo: [13, VALUE_INFO, 'many'],
} as const;

const OPERATOR_SET = { domain: [1, 'string'], version: [2, 'int64'] } as const;

/** A whole file. */
export const MODEL = {
  irVersion: [1, 'int64'],
  producerName: [2, 'string'],
  producerVersion: [3, 'string'],
  graph: [7, GRAPH_PROTO],
  opsetImport: [8, OPERATOR_SET, 'many'],
  metadataProps: [14, STRING_ENTRY, 'many'],
} as const;

export type AttributeProto = MessageOf<typeof ATTRIBUTE_PROTO>;
export type GraphProto = MessageOf<typeof GRAPH_PROTO>;
export type ModelProto = MessageOf<typeof MODEL>;
export type NodeProto = MessageOf<typeof NODE>;
export type OperatorSetProto = MessageOf<typeof OPERATOR_SET>;
export type TensorProto = MessageOf<typeof TENSOR>;
export type ValueInfoProto = MessageOf<typeof VALUE_INFO>;
