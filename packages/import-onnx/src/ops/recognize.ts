import { epilogue } from '@lowbit/graph';
import type { Net } from '../net.js';
import { plainOrder, same, type Known, type Value } from '../value.js';
import type { Op } from './op.js';

/** How far a constant of a file may be from the number that it stands for: float16 has 11 bits. */
const NEAR = 1e-3;

/** erf(x / √2), which is a part of a GELU or nothing. */
export const erf: Op = (net) => {
  const { known, made, ...x } = net.value(0);
  const isHalf = known?.is === 'scaled' && Math.abs(known.factor * Math.SQRT2 - 1) < NEAR;
  if (!made || !isHalf)
    throw net.node.refuse(
      'an Erf that is no part of a GELU',
      'write x · ½ · (1 + erf(x / √2)), or take Gelu of opset 20',
    );
  return { ...x, known: { is: 'erf', of: known.of, factor: 1, offset: 0 } };
};

/** k · x · c · (1 + erf(x / √2)) = 2 · k · c · gelu(x), in whatever order it was multiplied. */
export function gelu(net: Net, a: Value, b: Value): Value | undefined {
  const [part, x] = a.known?.is === 'erf' ? [a, b] : [b, a];
  if (part.known?.is !== 'erf') return undefined;
  const { of, factor, offset } = part.known;
  const times = same(x, of) ? 1 : x.known?.is === 'scaled' && same(x.known.of, of) ? x.known.factor : undefined;
  if (times === undefined || Math.abs(factor - offset) > NEAR * Math.abs(factor)) return undefined;
  const made = net.add('unary', [net.made(of)], { function: 'gelu' }, { ...of, known: undefined });
  const scale = 2 * times * factor;
  // ½ · x · (1 + erf(…)) as it is nearly always written; else a factor after it
  return scale === 1
    ? made
    : net.affine(made, epilogue({ scale: [scale] }), made.order, { is: 'scaled', of: made, factor: scale });
}

/** A product or power of a value by itself. */
export function squareOf(a: Value, b: Value, multiply: () => Value): Value {
  const result = multiply();
  const known: Known | undefined = same(a, b) ? { is: 'squared', of: a } : undefined;
  return { ...result, known };
}

/** (x − mean) / √(variance + epsilon), by a quotient or a product with the inverse. */
export function layerNormOf(net: Net, a: Value, b: Value): Value | undefined {
  const [centered, deviation] = a.known?.is === 'centered' ? [a, b] : [b, a];
  const [x, spread] = [centered.known, deviation.known];
  const wanted = net.node.op === 'Div' ? 'deviation' : 'inverseDeviation';
  if (
    x?.is !== 'centered' ||
    spread?.is !== wanted ||
    !same(x.of, spread.of) ||
    (wanted === 'deviation' && centered !== a)
  )
    return undefined;
  return layerNorm(net, x.of, spread.epsilon);
}

/** The last axis normalized. */
function layerNorm(net: Net, x: Value, epsilon: number, more: { gamma?: string; beta?: string } = {}): Value {
  if (!(epsilon > 0))
    throw net.node.refuse('a normalization without epsilon', 'add an epsilon above 0 to the variance', epsilon);
  const order = plainOrder(x.shape);
  return net.add('layerNorm', [net.arranged(x, order)], { epsilon, ...more }, { shape: x.shape, order });
}

/** LayerNormalization of opset 17, over the last axis. */
export const layerNormalization: Op = (net) => {
  const { node } = net;
  node.ignore('stash_type');
  const x = net.value(0);
  const width = x.shape.at(-1)!;
  const axis = node.int('axis', -1);
  if (axis !== -1 && axis !== x.shape.length - 1)
    throw node.refuse('a normalization over more than the last axis', 'reshape the value before', axis);
  if (node.outputs.length > 1)
    throw node.refuse('the mean and deviation of a normalization', 'leave its other results out');
  const vector = (i: number, part: string) => {
    const given = net.optionalConstant(i, part);
    if (!given) return {};
    if (given.data.length !== width) throw node.damaged(`a ${part} of ${width} numbers`, given.shape);
    return { [part]: net.floats(part, [width], Float32Array.from(given.data)) };
  };
  return layerNorm(net, x, node.float('epsilon', 1e-5), { ...vector(1, 'gamma'), ...vector(2, 'beta') });
};
