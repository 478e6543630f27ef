import { epilogue } from '@lowbit/graph';
import { spread, type Constant } from '../constant.js';
import type { Net } from '../net.js';
import { channelsLast, plainOrder, type Value } from '../value.js';
import type { Op } from './op.js';
import { windowOf } from './window.js';

/** A convolution along one axis or two; the kernel [filters, channels, height, width] as [height, width, channels, filters]. */
export const conv: Op = (net) => {
  const { node } = net;
  const x = net.value(0);
  const image = net.image(x);
  const kernel = net.constant(1, 'kernel');
  if (kernel.shape.length !== x.shape.length) throw node.damaged(`a kernel of ${x.shape.length} axes`, kernel.shape);
  const groups = node.int('group', 1);
  const [filters, channels, ...size] = kernel.shape as [number, number, ...number[]];
  const { places, ...window } = windowOf(net, x.shape.slice(2), size);
  const order = [...size.map((_, i) => i + 2), 1, 0];
  const data = Float32Array.from(spread(kernel, kernel.shape, order));
  const shape = [...(size.length === 1 ? [1] : []), ...size, channels, filters];
  const result = [1, filters, ...places];
  return net.add(
    'conv2d',
    [image],
    { kernel: net.floats('kernel', shape, data), ...window, groups },
    { shape: result, order: channelsLast(result), epilogue: epilogue({ bias: net.optionalConstant(2, 'bias')?.data }) },
  );
};

/** alpha · A · B + beta · C, B and C constant. */
export const gemm: Op = (net) => {
  const { node } = net;
  const x = net.value(0);
  const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
  if (x.shape.length !== 2) throw node.damaged('a matrix as its input 0', x.shape);
  if (node.flag('transA', false)) throw node.refuse('transA', 'transpose the input before it');
  const b = net.constant(1, 'matrix');
  if (b.shape.length !== 2) throw node.damaged('a matrix as its input 1', b.shape);
  const order = node.flag('transB', false) ? [1, 0] : [0, 1];
  const matrix = { ...b, shape: order.map((axis) => b.shape[axis]!), data: spread(b, b.shape, order) };
  const c = net.optionalConstant(2, 'bias');
  const units = matrix.shape[1]!;
  if (c && c.data.length !== units && c.data.length !== 1)
    throw node.refuse('a bias by row', 'add it after the Gemm', c.shape);
  const bias = c && Float64Array.from(c.data, (value) => value * beta);
  return product(net, x, matrix, { scale: [alpha], bias });
};

/** x · w over the last axis of x: the rows of w are put in the order in which an image that was flattened lies. */
function product(
  net: Net,
  x: Value,
  w: { shape: readonly number[]; data: ArrayLike<number> },
  after: Parameters<typeof epilogue>[0] = {},
): Value {
  const [inputs, units] = w.shape as [number, number];
  if (x.shape.at(-1) !== inputs) throw net.node.damaged(`${inputs} values as the last axis of its input`, x.shape);
  const { known } = x;
  const image = known?.is === 'flattened' && x.shape.length === 2 && x.shape[0] === 1 ? known.of : undefined;
  const rows = image && { ...image, shape: [...image.shape, units] };
  const data = Float32Array.from(
    rows
      ? spread({ shape: rows.shape, data: w.data as Float64Array }, rows.shape, [...image.order, image.shape.length])
      : w.data,
  );
  const given = image ? net.inRow(image) : net.plain(x);
  const kernel = net.floats('kernel', [inputs, units], data);
  return net.add('dense', [given], { kernel }, { shape: x.shape.with(-1, units), epilogue: epilogue(after) });
}

/** Of a value by a constant matrix, or of two values. */
export const matMul: Op = (net) => {
  const { node } = net;
  const a = net.value(0);
  const b = net.input(1);
  if (b.is === 'constant') return byConstant(net, a, b);
  const rank = a.shape.length;
  const [lead, other] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (rank < 2 || lead.join() !== other.join()) {
    throw node.refuse('a product of values of other leading axes', 'repeat or reshape them to the same', [
      a.shape,
      b.shape,
    ]);
  }
  if (a.shape.at(-1) !== b.shape.at(-2)) throw node.damaged('inner sizes that are alike', [a.shape, b.shape]);
  const order = plainOrder(a.shape);
  const axes = order.length < 2 ? [0, 1] : order;
  const turned = [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!];
  const untouched = net.arranged(b, axes) === b.made;
  const inputs = [net.arranged(a, axes), net.arranged(b, untouched ? axes : turned)];
  const shape = [...a.shape.slice(0, -1), b.shape.at(-1)!];
  return net.add('matMul', inputs, { transposeB: !untouched }, { shape, order: axes });
};

function byConstant(net: Net, a: Value, b: Constant): Value {
  const matrix = b.shape.slice(0, -2).every((size) => size === 1) && { ...b, shape: b.shape.slice(-2) };
  if (!matrix || matrix.shape.length !== 2) {
    throw net.node.refuse('a product with a constant of these axes', 'multiply by a matrix', b.shape);
  }
  if (b.shape.length > Math.max(a.shape.length, 2))
    throw net.node.refuse('a product that adds axes', 'multiply by a matrix', b.shape);
  return product(net, a, matrix);
}
