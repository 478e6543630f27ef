import { epilogue, type ExactEpilogue } from '@lowbit/graph';
import { broadcast, sizeOf, spread, type Constant } from '../constant.js';
import type { Net } from '../net.js';
import { equal, wide, type Entry, type Known, type Value } from '../value.js';
import { isMeanOf } from './pooling.js';
import { gelu, layerNormOf, squareOf } from './recognize.js';
import type { Op } from './op.js';

type Numbers = (constant: Float64Array) => ExactEpilogue;

export const add: Op = (net) => {
  const [a, b] = [net.input(0), net.input(1)];
  if (a.is === 'value' && b.is === 'value') return together(net, 'add', a, b);
  const [x, c] = (a.is === 'value' ? [a, b] : [b, a]) as [Value, Constant];
  return byConstant(
    net,
    x,
    c,
    (bias) => epilogue({ bias }),
    (number) => shifted(x.known, number),
  );
};

export const sub: Op = (net) => {
  const [a, b] = [net.input(0), net.input(1)];
  if (a.is === 'value' && b.is === 'value') {
    const difference = together(net, 'subtract', a, b);
    return isMeanOf(b, a) ? { ...difference, known: { is: 'centered', of: a } } : difference;
  }
  if (a.is === 'value') {
    return byConstant(
      net,
      a,
      b as Constant,
      (c) => epilogue({ bias: c.map((each) => -each) }),
      (number) => shifted(a.known, -number),
    );
  }
  return byConstant(net, b as Value, a, (bias) => epilogue({ scale: [-1], bias }));
};

export const mul: Op = (net) => {
  const [a, b] = [net.input(0), net.input(1)];
  if (a.is === 'value' && b.is === 'value')
    return gelu(net, a, b) ?? layerNormOf(net, a, b) ?? squareOf(a, b, product(net, a, b));
  const [x, c] = (a.is === 'value' ? [a, b] : [b, a]) as [Value, Constant];
  return scaled(net, x, c, (each) => each);
};

const product = (net: Net, a: Value, b: Value) => () => together(net, 'multiply', a, b);

export const div: Op = (net) => {
  const [a, b] = [net.input(0), net.input(1)];
  if (a.is === 'value' && b.is === 'constant') {
    if (a.kind !== 'float') throw net.node.refuse('a division of integers', 'cast them to float before');
    return scaled(net, a, b, (each) => 1 / each);
  }
  const normalized = a.is === 'value' && b.is === 'value' ? layerNormOf(net, a, b) : undefined;
  if (normalized) return normalized;
  throw net.node.refuse(
    'a division by what is computed',
    'divide by a constant; a layer normalization must be over the last axis',
  );
};

function scaled(net: Net, x: Value, c: Constant, factor: (each: number) => number): Value {
  return byConstant(
    net,
    x,
    c,
    (each) => epilogue({ scale: each.map(factor) }),
    (number) => times(x, factor(number)),
  );
}

/** What is known of x · factor. */
function times(x: Value, factor: number): Known {
  const { known } = x;
  if (known?.is === 'erf') return { ...known, factor: known.factor * factor, offset: known.offset * factor };
  return known?.is === 'scaled' ? { ...known, factor: known.factor * factor } : { is: 'scaled', of: x, factor };
}

/** What is known of x + number. */
function shifted(known: Known | undefined, number: number): Known | undefined {
  if (known?.is === 'erf') return { ...known, offset: known.offset + number };
  return known?.is === 'variance' ? { ...known, epsilon: known.epsilon + number } : undefined;
}

/**
 * x and a constant: in each channel where it differs by the last axis in the graph alone, else in each place, of the value in one row.
 *
 * @param know what is then known, of one number for all
 */
function byConstant(
  net: Net,
  x: Value,
  c: Constant,
  numbers: Numbers,
  know?: (number: number) => Known | undefined,
): Value {
  if (c.data.length === 1 && c.shape.length <= x.shape.length) {
    const known = know?.(c.data[0]!);
    // nothing but a part of a GELU can be made of erf
    return x.made ? net.affine(x, numbers(Float64Array.from(c.data)), x.order, known) : { ...x, known };
  }
  const shape = broadcast(x.shape, c.shape);
  if (
    !shape ||
    !equal(
      wide(shape, keys(shape)).map((axis) => shape[axis]!),
      wide(x.shape, keys(x.shape)).map((axis) => x.shape[axis]!),
    )
  ) {
    throw net.node.refuse('a constant that repeats a value', 'give the value its full shape before', [
      x.shape,
      c.shape,
    ]);
  }
  const lifted = net.reshaped(x, shape);
  const last = lifted.order.at(-1) ?? 0;
  const missing = shape.length - c.shape.length;
  const varying = c.shape.flatMap((size, axis) => (size === 1 ? [] : [axis + missing]));
  if (varying.every((axis) => axis === last)) {
    return net.affine(lifted, numbers(Float64Array.from(c.data)));
  }
  net.budget.take(shape, net.node.where);
  const row = net.inRow(lifted);
  const all = numbers(spread(c, shape, lifted.order));
  const made = net.add('affine', [row], {}, { shape: [1, sizeOf(shape)], order: [1], epilogue: all });
  return net.inShape(made, shape, lifted.order);
}

function keys(shape: readonly number[]): number[] {
  return [...shape.keys()];
}

type PairOp = 'add' | 'subtract' | 'multiply' | 'maximum';

/** An op on two values, in the order of the larger one. */
export function together(net: Net, op: PairOp, a: Value, b: Value): Value {
  const shape = broadcast(a.shape, b.shape);
  if (!shape) throw net.node.damaged('shapes that do not fit each other', [a.shape, b.shape]);
  const [left, right] = [lifted(net, a, shape.length), lifted(net, b, shape.length)];
  const larger = sizeOf(left.shape) >= sizeOf(right.shape) ? left : right;
  const rest = keys(shape).filter((axis) => shape[axis] !== 1 && !larger.order.includes(axis));
  const order = rest.length === 0 ? larger.order : keys(shape).filter((axis) => axis > 0 || shape[0] !== 1);
  const kind = a.kind === 'float' || b.kind === 'float' ? 'float' : a.kind;
  return net.add(op, [net.arranged(left, order), net.arranged(right, order)], {}, { shape, order, kind });
}

/** A value with as many axes, new ones of size 1 in front. */
function lifted(net: Net, value: Value, rank: number): Value {
  const missing = rank - value.shape.length;
  return missing === 0 ? value : net.reshaped(value, [...new Array<number>(missing).fill(1), ...value.shape]);
}

/** max and min of two; by a constant it is a clip. */
function limit(op: 'Max' | 'Min'): Op {
  return (net) =>
    net.node.inputs
      .map((_, i) => net.input(i))
      .reduce((a: Entry, b: Entry) => {
        if (a.is === 'value' && b.is === 'value')
          return op === 'Max' ? together(net, 'maximum', a, b) : least(net, a, b);
        const [x, c] = (a.is === 'value' ? [a, b] : [b, a]) as [Entry, Constant];
        if (x.is === 'constant' || c.data.length !== 1)
          throw net.node.refuse('a limit that is no number', 'limit by one number', c.shape);
        const [min, max] = op === 'Max' ? [c.data[0]!, LARGEST] : [-LARGEST, c.data[0]!];
        return net.add('clip', [net.made(x)], { min, max }, { ...x, known: undefined });
      });
}

export const LARGEST = 2 ** 128 - 2 ** 104;
export const max = limit('Max');
export const min = limit('Min');

/** −max(−a, −b) */
function least(net: Net, a: Value, b: Value): Value {
  const negative = epilogue({ scale: [-1] });
  return net.affine(together(net, 'maximum', net.affine(a, negative), net.affine(b, negative)), negative);
}

/** x to the power of a number: whole ones to 4 by products, ½ by the root. */
export const pow: Op = (net) => {
  const x = net.value(0);
  const exponent = net.constant(1, 'exponent');
  const [power] = exponent.data;
  if (exponent.data.length !== 1 || ![0.5, 1, 2, 3, 4].includes(power!)) {
    throw net.node.refuse('this power', 'take 0.5, 1, 2, 3 or 4', [...exponent.data.subarray(0, 4)]);
  }
  if (power === 0.5) return root(net, x);
  let result = x;
  for (let i = 1; i < power!; i++) result = squareOf(x, result, product(net, result, x));
  return result;
};

export const sqrt: Op = (net) => root(net, net.value(0));

function root(net: Net, x: Value): Value {
  const { known } = x;
  const result = net.add('unary', [net.made(x)], { function: 'sqrt' }, { ...x, known: undefined });
  return known?.is === 'variance' ? { ...result, known: { ...known, is: 'deviation' } } : result;
}

/** 1 / x of the deviation in a layer normalization alone. */
export const reciprocal: Op = (net) => {
  const x = net.value(0);
  if (x.known?.is === 'deviation') return { ...x, made: undefined, known: { ...x.known, is: 'inverseDeviation' } };
  throw net.node.refuse('1 / x', 'divide by a constant; a layer normalization must be over the last axis');
};
