import { epilogue, type UnaryFunction } from '@lowbit/graph';
import { castTo } from '../fold/fold.js';
import { axisOf } from '../fold/places.js';
import type { Net } from '../net.js';
import { channelsLast, wide, type Value } from '../value.js';
import { LARGEST, together } from './arithmetic.js';
import type { Op } from './op.js';

export function unary(name: UnaryFunction): Op {
  return (net) => apply(net, net.value(0), name);
}

function apply(net: Net, x: Value, name: UnaryFunction): Value {
  return net.add('unary', [net.made(x)], { function: name }, { ...x, known: undefined });
}

/** What changes nothing after training. */
export const identity: Op = (net) => {
  net.node.ignore('seed');
  if (net.node.outputs.filter(Boolean).length > 1)
    throw net.node.refuse('the mask of a dropout', 'export the model for inference');
  return net.value(0);
};

/** Integers become floats as they are; floats that are computed stay what they are. */
export const cast: Op = (net) => {
  const x = net.value(0);
  const kind = castTo(net);
  if (kind === x.kind || (kind === 'float' && x.made)) return { ...x, kind };
  if (kind === 'int' && x.kind === 'bool') return { ...x, kind };
  if (x.kind === 'int' && kind === 'int') return x;
  throw net.node.refuse(`a cast of ${x.kind} to ${kind}`, 'leave values that are computed in float32');
};

export const neg: Op = (net) => net.affine(net.value(0), epilogue({ scale: [-1] }));

/** Limits, as attributes until opset 10 and inputs since. */
export const clip: Op = (net) => {
  const { node } = net;
  const x = net.value(0);
  const limitAt = (i: number, name: string, orElse: number) =>
    node.has(name) ? node.float(name, orElse) : (net.optionalConstant(i, name)?.data[0] ?? orElse);
  const least = Math.max(limitAt(1, 'min', -LARGEST), -LARGEST);
  const most = Math.min(limitAt(2, 'max', LARGEST), LARGEST);
  if (least === 0 && most === 6) return apply(net, x, 'relu6');
  if (least === 0 && most === LARGEST) return apply(net, x, 'relu');
  if (!(least <= most)) throw node.damaged('a min above its max', [least, most]);
  return net.add('clip', [net.made(x)], { min: least, max: most }, { ...x, known: undefined });
};

/** max(0, min(1, alpha · x + beta)) */
export const hardSigmoid: Op = (net) =>
  hardSigmoidOf(net, net.value(0), net.node.float('alpha', 0.2), net.node.float('beta', 0.5));

function hardSigmoidOf(net: Net, x: Value, alpha: number, beta: number): Value {
  if (Math.fround(alpha) === Math.fround(0.2) && beta === 0.5) return apply(net, x, 'hardSigmoid');
  const line = net.affine(x, epilogue({ scale: [alpha], bias: [beta] }));
  return net.add('clip', [net.made(line)], { min: 0, max: 1 }, { ...line, known: undefined });
}

/** x · hardSigmoid(x) of alpha 1/6 (Howard et al. 2019). */
export const hardSwish: Op = (net) => {
  const x = net.value(0);
  return together(net, 'multiply', x, hardSigmoidOf(net, x, 1 / 6, 0.5));
};

/** max(x, alpha · x), for alpha up to 1. */
export const leakyRelu: Op = (net) => {
  const x = net.value(0);
  const alpha = net.node.float('alpha', 0.01);
  if (alpha > 1) throw net.node.refuse('a slope above 1', 'take an alpha of at most 1', alpha);
  return together(net, 'maximum', x, net.affine(x, epilogue({ scale: [alpha] })));
};

export const elu: Op = (net) => {
  const alpha = net.node.float('alpha', 1);
  if (alpha !== 1) throw net.node.refuse('another alpha than 1', 'take alpha 1', alpha);
  return apply(net, net.value(0), 'elu');
};

/** With erf, or ½ · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))). */
export const gelu: Op = (net) => {
  const x = net.value(0);
  const how = net.node.text('approximate', 'none');
  if (how === 'none') return apply(net, x, 'gelu');
  if (how !== 'tanh') throw net.node.refuse('this approximation of GELU', "take 'none' or 'tanh'", how);
  const cube = together(net, 'multiply', together(net, 'multiply', x, x), x);
  const sum = together(net, 'add', x, net.affine(cube, epilogue({ scale: [0.044715] })));
  const bent = apply(net, net.affine(sum, epilogue({ scale: [Math.sqrt(2 / Math.PI)] })), 'tanh');
  return together(net, 'multiply', x, net.affine(bent, epilogue({ scale: [0.5], bias: [0.5] })));
};

/** Over one axis; before opset 13 over all from it on, of which but one may then have more than one place. */
export const softmax: Op = (net) => {
  const { node } = net;
  const x = net.value(0);
  const { length } = x.shape;
  const axis = axisOf(net, 'axis', node.opset < 13 ? 1 : -1, length);
  const axes = node.opset < 13 ? wide(x.shape, x.shape.map((_, each) => each).slice(axis)) : [axis];
  if (axes.length > 1)
    throw node.refuse('a softmax over several axes', 'export the model with opset 13 or later', axis);
  const last = axes[0] ?? axis;
  const order = [...x.order.filter((each) => each !== last), last];
  return net.add('softmax', [net.arranged(x, order)], {}, { shape: x.shape, order });
};

/** In each channel, axis 1, x · γ/σ + (β − μ·γ/σ). */
export const batchNormalization: Op = (net) => {
  const { node } = net;
  node.ignore('momentum', 'spatial');
  const x = net.value(0);
  if (node.flag('training_mode', false))
    throw node.refuse('a batch normalization in training', 'export the model for inference');
  const channels = x.shape[1];
  const [gamma, beta, mean, variance] = ['scale', 'bias', 'mean', 'variance'].map((what, i) => {
    const { data } = net.constant(i + 1, what);
    if (data.length === channels) return Float64Array.from(data);
    throw node.damaged(`a ${what} of ${channels} numbers`, data.length);
  }) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const epsilon = node.float('epsilon', 1e-5);
  const scale = gamma.map((each, i) => each / Math.sqrt(variance[i]! + epsilon));
  const bias = beta.map((each, i) => each - mean[i]! * scale[i]!);
  return net.affine(x, epilogue({ scale, bias }), channelsLast(x.shape));
};
