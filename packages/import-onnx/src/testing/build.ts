import {
  ATTRIBUTE,
  ELEMENT,
  encode,
  MODEL,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
} from '@lowbit/onnx-proto';

/** A node, its attributes as plain numbers, texts and lists of whole numbers. */
export function node(
  opType: string,
  input: string[],
  output: string[],
  attributes: Record<string, number | string | number[]> = {},
): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]): AttributeProto => {
    if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: ATTRIBUTE.string };
    if (Array.isArray(value)) return { name, ints: value, type: ATTRIBUTE.ints };
    return Number.isInteger(value)
      ? { name, i: value, type: ATTRIBUTE.int }
      : { name, f: value, type: ATTRIBUTE.float };
  });
  return { name: `/${output[0]}`, opType, input, output, attribute };
}

export function floats(name: string, dims: number[], data: ArrayLike<number>): TensorProto {
  return { name, dims, dataType: ELEMENT.float, rawData: new Uint8Array(Float32Array.from(data).buffer) };
}

export function ints(name: string, ...data: number[]): TensorProto {
  return { name, dims: [data.length], dataType: ELEMENT.int64, int64Data: data };
}

interface Parts {
  readonly nodes: NodeProto[];
  readonly initializers?: TensorProto[];
  /** Of the input x; a name or undefined is a size that is open. */
  readonly shape?: readonly (number | string)[];
  readonly outputs?: readonly string[];
  readonly opset?: number;
}

/** A model of one input x. */
export function modelOf({
  nodes,
  initializers = [],
  shape = ['n', 2, 3, 3],
  outputs = ['y'],
  opset = 21,
}: Parts): Uint8Array {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return encode(MODEL, {
    irVersion: 10,
    graph: {
      node: nodes,
      initializer: initializers,
      input: [{ name: 'x', type: { tensorType: { elemType: ELEMENT.float, shape: { dim } } } }],
      output: outputs.map((name) => ({ name })),
    },
    opsetImport: [{ domain: '', version: opset }],
  });
}

/** A small network of many ops, with weights. */
export function someNet(): Uint8Array {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(i + 1));
  return modelOf({
    nodes: [
      node('Conv', ['x', 'k', 'b'], ['conv'], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] }),
      node('BatchNormalization', ['conv', 's', 'b', 'b', 's'], ['norm'], { epsilon: 0.001 }),
      node('Clip', ['norm', 'zero', 'six'], ['clip']),
      node('MaxPool', ['clip'], ['pool'], { kernel_shape: [2, 2], strides: [1, 1] }),
      node('Shape', ['pool'], ['sizes']),
      node('Slice', ['sizes', 'from', 'to'], ['batch']),
      node('Concat', ['batch', 'rest'], ['target'], { axis: 0 }),
      node('Reshape', ['pool', 'target'], ['flat']),
      node('Gemm', ['flat', 'w', 'c'], ['dense'], { transB: 1, alpha: 0.5 }),
      node('Softmax', ['dense'], ['y'], { axis: -1 }),
    ],
    initializers: [
      floats('k', [4, 2, 3, 3], numbers(72)),
      floats('b', [4], numbers(4)),
      floats('s', [4], [1, 2, 0.5, 1]),
      floats('zero', [], [0]),
      floats('six', [], [6]),
      ints('from', 0),
      ints('to', 1),
      ints('rest', -1),
      floats('w', [5, 16], numbers(80)),
      floats('c', [5], numbers(5)),
    ],
  });
}
