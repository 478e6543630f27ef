import type { Pair, WindowAttributes } from '@lowbit/graph';
import { floats, int64s } from '../tensors.js';
import type { Writer } from '../writer.js';
import type { Converters } from './converters.js';

type WindowOp = 'maxPool' | 'averagePool' | 'globalAveragePool' | 'globalMaxPool' | 'shift' | 'activeShift';

/** Windows of each channel by itself. */
export const windows: Pick<Converters, WindowOp> = {
  maxPool(writer, node) {
    const [x] = node.inputs as [string];
    return [writer.add('MaxPool', [writer.read(x, 'first')], poolAttributes(writer, node)), 'first'];
  },

  averagePool(writer, node) {
    const [x] = node.inputs as [string];
    const attributes = { ...poolAttributes(writer, node), count_include_pad: 0 };
    const mean = writer.add('AveragePool', [writer.read(x, 'first')], attributes);
    return [writer.scaled('Mul', mean, writer.scale(x) / writer.unit(x)), 'first'];
  },

  globalAveragePool(writer, node) {
    const [x] = node.inputs as [string];
    const places = writer.value(x).shape.slice(0, -1);
    const image = writer.read(x, 'first');
    if (writer.value(x).type === 'float32')
      return [writer.reshape(writer.add('GlobalAveragePool', [image]), [0, -1]), 'last'];
    // a sum, since that of integers is exact
    const axes = writer.local('axes', int64s(places.map((_, axis) => axis + 2)));
    const sum = writer.add('ReduceSum', [image, axes], { keepdims: 0 });
    const count = places.reduce((product, size) => product * size, 1);
    return [writer.scaled('Mul', sum, writer.scale(x) / writer.unit(x) / count), 'last'];
  },

  globalMaxPool(writer, node) {
    const image = writer.read(node.inputs[0]!, 'first');
    return [writer.reshape(writer.add('GlobalMaxPool', [image]), [0, -1]), 'last'];
  },

  shift(writer, node) {
    const places = node.offsets.map(([row, column]) => ({ row, column, weight: 1 }));
    return [placed(writer, node, places, 'places'), 'first'];
  },

  activeShift(writer, node) {
    const offsets = writer.floats(node.offsets);
    const channels = offsets.length / 2;
    const around = Array.from({ length: channels }, (_, c) => bilinear(offsets[channels + c]!, offsets[c]!));
    // a convolution for each of the four places, so that their sums are rounded as the graph has it
    const parts = [0, 1, 2, 3]
      .map((k) => around.map((places) => places[k]!))
      .filter((places, k) => k === 0 || places.some(({ weight }) => weight !== 0))
      .map((places, k) => placed(writer, node, places, `places_${k}`));
    return [parts.reduce((sum, part) => writer.add('Add', [sum, part])), 'first'];
  },
};

/** A window's attributes as ONNX has them; of a value without rows those of its columns. */
export function windowAttributes({ strides, pads }: WindowAttributes, size: readonly number[]) {
  const axes = size.length;
  return {
    kernel_shape: size,
    strides: strides.slice(-axes),
    pads: [...pads.slice(2 - axes, 2), ...pads.slice(4 - axes)],
  };
}

function poolAttributes(writer: Writer, node: WindowAttributes & { size: Pair; inputs: readonly string[] }) {
  return windowAttributes(node, node.size.slice(1 - writer.value(node.inputs[0]!).shape.length));
}

/** A place that a channel reads, from its own. */
interface Place {
  readonly row: number;
  readonly column: number;
  readonly weight: number;
}

/** The four places around an offset in the graph's order (Jeon & Kim 2018, eq. 4). */
function bilinear(down: number, right: number): readonly Place[] {
  const { floor, fround } = Math;
  const [row, column] = [floor(down), floor(right)];
  const [fromRow, fromColumn] = [fround(down - row), fround(right - column)];
  return [fround(1 - fromRow), fromRow].flatMap((a, v) =>
    [fround(1 - fromColumn), fromColumn].map((b, u) => ({ row: row + v, column: column + u, weight: fround(a * b) })),
  );
}

/** One place of each channel times its weight: a depthwise convolution with a kernel of zeros but for it. */
function placed(
  writer: Writer,
  node: { readonly inputs: readonly string[]; readonly strides: Pair },
  places: readonly Place[],
  name: string,
): string {
  const [x] = node.inputs as [string];
  const { shape } = writer.value(x);
  const axes = shape.length - 1;
  const [height, width] = axes === 2 ? (shape as readonly [number, number]) : [1, shape[0]!];
  // what lies outside from everywhere is 0
  const isReached = ({ row, column, weight }: Place) =>
    Math.abs(row) < height && Math.abs(column) < width && weight !== 0;
  const reached = places.filter(isReached);
  const rows = reached.map(({ row }) => row);
  const columns = reached.map(({ column }) => column);
  const [top, left] = [-Math.min(0, ...rows), -Math.min(0, ...columns)];
  const [bottom, right] = [Math.max(0, ...rows), Math.max(0, ...columns)];
  const size: Pair = [top + 1 + bottom, left + 1 + right];
  const kernel = new Float32Array(places.length * size[0] * size[1]);
  places.forEach((place, channel) => {
    if (isReached(place)) kernel[(channel * size[0] + place.row + top) * size[1] + place.column + left] = place.weight;
  });
  const window = windowAttributes({ strides: node.strides, pads: [top, left, bottom, right] }, size.slice(-axes));
  const weights = writer.local(name, floats(kernel, [places.length, 1, ...size.slice(-axes)]));
  return writer.add('Conv', [writer.read(x, 'first'), weights], { ...window, group: places.length });
}
