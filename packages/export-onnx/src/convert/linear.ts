import type { Epilogue, Operation } from '@lowbit/graph';
import { ELEMENT } from '@lowbit/onnx-proto';
import { floats } from '../tensors.js';
import { permute, reshaped, weightsOf, type Weights } from '../weights.js';
import type { Layout, Writer } from '../writer.js';
import type { Converters } from './converters.js';
import { windowAttributes } from './windows.js';

/** Products with a kernel, and what follows them. */
export const linear: Pick<Converters, 'conv2d' | 'convTranspose2d' | 'dense' | 'affine' | 'matMul' | 'embedding'> = {
  conv2d(writer, node) {
    const [x] = node.inputs as [string];
    const axes = writer.value(x).shape.length - 1;
    const kernel = imageKernel(writer, node.kernel, axes);
    const attributes = {
      ...windowAttributes(node, kernel.dims.slice(2)),
      dilations: node.dilations.slice(-axes),
      group: node.groups,
    };
    const product = (inputs: readonly string[]) => writer.add('Conv', inputs, attributes);
    return [multiplied(writer, node, writer.read(x, 'first'), kernel, 0, product), 'first'];
  },

  convTranspose2d(writer, node) {
    const [x] = node.inputs as [string];
    const { shape } = writer.value(x);
    const axes = shape.length - 1;
    const kernel = imageKernel(writer, node.kernel, axes);
    const window = windowAttributes(node, kernel.dims.slice(2));
    const { strides, pads } = window;
    // what is left of the output below and right of the last window
    const outputPadding = node.outputShape.slice(-axes).map((size, axis) => {
      const covered = (shape[axis]! - 1) * strides[axis]! + kernel.dims[axis + 2]!;
      return size - covered + pads[axis]! + pads[axis + axes]!;
    });
    const attributes = { ...window, output_padding: outputPadding };
    const product = (inputs: readonly string[]) => writer.add('ConvTranspose', inputs, attributes);
    return [multiplied(writer, node, writer.read(x, 'first'), kernel, 1, product), 'first'];
  },

  dense(writer, node) {
    const kernel = weightsOf(writer.graph.parameters[node.kernel]!);
    const product = ([a, b, bias]: readonly string[]) => {
      const y = writer.add('MatMul', [a!, b!]);
      return bias === undefined ? y : writer.add('Add', [y, bias]);
    };
    return [multiplied(writer, node, writer.read(node.inputs[0]!, 'last'), kernel, 1, product), 'last'];
  },

  affine(writer, node) {
    const [x] = node.inputs as [string];
    const layout = writer.layoutOf(x);
    const axes = writer.value(x).shape.length - 1;
    return [epilogue(writer, writer.read(x, layout), node, factorsOf(writer, node), layout, axes), layout];
  },

  matMul(writer, { inputs: [a, b], transposeB }) {
    const { shape } = writer.value(b!);
    const axes = shape.map((_, axis) => axis + 1);
    const swapped = [0, ...axes.slice(0, -2), ...axes.slice(-2).reverse()];
    const right = writer.read(b!, 'last');
    const factors = [writer.read(a!, 'last'), transposeB ? writer.transpose(right, swapped) : right];
    // the graph's product is one of integers
    return [writer.scaled('Div', writer.add('MatMul', factors), writer.unit(a!) * writer.unit(b!)), 'last'];
  },

  embedding(writer, node) {
    const table = weightsOf(writer.graph.parameters[node.table]!);
    const request = {
      name: node.table,
      weights: table,
      axis: 1,
      factors: factorsOf(writer, node),
      by: 'reals',
    } as const;
    const { name, factors } = writer.dialect.weights(writer, request);
    const rows = writer.add('Cast', [writer.read(node.inputs[0]!, 'last')], { to: ELEMENT.int64 });
    const taken = writer.add('Gather', [name, rows], { axis: 0 });
    return [epilogue(writer, taken, { scale: node.scale }, factors, 'last'), 'last'];
  },
};

type Multiplying = Operation<'conv2d'> | Operation<'convTranspose2d'> | Operation<'dense'>;

/** A product with a node's kernel, and its epilogue. A bias is an input of the product where the dialect says so and nothing comes between. */
function multiplied(
  writer: Writer,
  node: Multiplying,
  x: string,
  kernel: Weights,
  axis: number,
  product: (inputs: readonly string[]) => string,
): string {
  const [input] = node.inputs as [string];
  const exact = writer.holdsIntegers(input) && kernel.integers !== undefined;
  const { name, factors } = writer.dialect.weights(writer, {
    name: node.kernel,
    weights: kernel,
    axis,
    factors: factorsOf(writer, node).map((factor) => factor / writer.unit(input)),
    by: exact ? 'integers' : 'reals',
    inMatMul: node.op === 'dense',
  });
  if (node.bias !== undefined && writer.dialect.biasInside && !exact && factors.every((factor) => factor === 1))
    return product([x, name, writer.constant(node.bias, floats(writer.floats(node.bias)))]);
  const layout = node.op === 'dense' ? 'last' : 'first';
  return epilogue(writer, product([x, name]), node, factors, layout, kernel.dims.length - 2);
}

/** y · scale + bias, by channel, of a value with so many axes after the channels where they are first. */
function epilogue(
  writer: Writer,
  x: string,
  { scale, bias }: Epilogue,
  factors: readonly number[],
  layout: Layout,
  axes = 0,
): string {
  const byChannel = (data: readonly number[] | Float32Array) =>
    floats(data, layout === 'first' && data.length > 1 ? [data.length, ...Array<number>(axes).fill(1)] : [data.length]);
  let y = x;
  if (factors.some((factor) => factor !== 1)) {
    y = writer.add('Mul', [y, writer.factors(scale, byChannel(factors))]);
  }
  return bias === undefined ? y : writer.add('Add', [y, writer.constant(bias, byChannel(writer.floats(bias)))]);
}

function factorsOf(writer: Writer, { scale }: Epilogue): readonly number[] {
  return scale === undefined ? [1] : [...writer.floats(scale)];
}

/** A kernel [rows, columns, a, b] as [b, a, rows, columns], without the rows where a value has none. */
function imageKernel(writer: Writer, name: string, axes: number): Weights {
  const kernel = permute(weightsOf(writer.graph.parameters[name]!), [3, 2, 0, 1]);
  return axes === 2 ? kernel : reshaped(kernel, [...kernel.dims.slice(0, 2), kernel.dims[3]!]);
}
