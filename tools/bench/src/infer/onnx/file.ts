import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Element types by the numbers of ONNX's TensorProto.DataType. */
const ELEMENTS = { float: 1, uint8: 2, int8: 3, int32: 6 } as const;

type Element = keyof typeof ELEMENTS;

/** A constant. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: Element;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Int8Array | Uint8Array;
}

/** A node of one output. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Whole numbers and lists of them. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
  /** Whether it is one of ONNX Runtime's own ops. */
  readonly isMicrosoft?: boolean;
}

/** What goes in or comes out. */
interface OnnxValue {
  readonly name: string;
  readonly type: Element;
  readonly shape: readonly number[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly input: OnnxValue;
  readonly output: OnnxValue;
}

/** ONNX's operator set, and the version of ONNX Runtime's. */
const OPERATOR_SETS = { '': 17, 'com.microsoft': 1 } as const;

/** The bytes of an ONNX file; of onnx.proto the fields that ONNX Runtime needs. */
export function onnxFile({ nodes, tensors, input, output }: OnnxGraph): Uint8Array {
  const file = new BinaryWriter();
  whole(file, 1, 9);
  message(file, 7, (graph) => {
    for (const node of nodes) message(graph, 1, (to) => writeNode(to, node));
    text(graph, 2, 'bench');
    for (const tensor of tensors) message(graph, 5, (to) => writeTensor(to, tensor));
    message(graph, 11, (to) => writeValue(to, input));
    message(graph, 12, (to) => writeValue(to, output));
  });
  for (const [domain, version] of Object.entries(OPERATOR_SETS)) {
    message(file, 8, (to) => {
      text(to, 1, domain);
      whole(to, 2, version);
    });
  }
  return file.finish();
}

function writeNode(to: BinaryWriter, { op, inputs, output, attributes = {}, isMicrosoft }: OnnxNode): void {
  for (const name of inputs) text(to, 1, name);
  text(to, 2, output);
  text(to, 3, output);
  text(to, 4, op);
  for (const [name, value] of Object.entries(attributes)) {
    message(to, 5, (attribute) => {
      text(attribute, 1, name);
      if (typeof value === 'number') whole(attribute, 3, value);
      else for (const each of value) whole(attribute, 8, each);
      whole(attribute, 20, typeof value === 'number' ? 2 : 7);
    });
  }
  if (isMicrosoft) text(to, 7, 'com.microsoft');
}

function writeTensor(to: BinaryWriter, { name, type, shape, data }: OnnxTensor): void {
  for (const size of shape) whole(to, 1, size);
  whole(to, 2, ELEMENTS[type]);
  text(to, 8, name);
  to.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValue(to: BinaryWriter, { name, type, shape }: OnnxValue): void {
  text(to, 1, name);
  message(to, 2, (kind) =>
    message(kind, 1, (tensor) => {
      whole(tensor, 1, ELEMENTS[type]);
      message(tensor, 2, (dims) => {
        for (const size of shape) message(dims, 1, (dim) => whole(dim, 1, size));
      });
    }),
  );
}

function message(to: BinaryWriter, field: number, write: (to: BinaryWriter) => void): void {
  to.tag(field, WireType.LengthDelimited).fork();
  write(to);
  to.join();
}

function whole(to: BinaryWriter, field: number, value: number): void {
  to.tag(field, WireType.Varint).int64(value);
}

function text(to: BinaryWriter, field: number, value: string): void {
  to.tag(field, WireType.LengthDelimited).string(value);
}
