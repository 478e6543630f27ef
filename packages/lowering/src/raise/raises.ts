import type { Epilogue, Operation, OpName, Pads } from '@lowbit/graph';
import type { LowbitError } from '@lowbit/plugin-api';
import { conv2d, relu } from '@lowbit/quant-core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Layer } from '../layer.js';
import { FUNCTIONS, type GraphOpName, type OpAttributes } from './graph-ops.js';
import { GraphOp } from './graph-op.js';
import type { Weight } from './to-layers-model.js';

/** Where one node becomes layers. */
export interface Raising {
  readonly xs: readonly SymbolicTensor[];
  /** Of the node's value, and of its inputs; without the batch. */
  readonly shape: readonly number[];
  readonly shapes: readonly (readonly number[])[];
  /** A parameter of real numbers. @throws LowbitError ('unsupported') a coded one */
  floats(name: string): Weight;
  /** The layer's name: the node's, or that of a part of it. */
  name(part?: string): string;
  apply(layer: Layer, xs: readonly SymbolicTensor[], weights?: readonly Weight[]): SymbolicTensor;
  refuse(what: string, hint: string): LowbitError;
}

type Raise<Op extends OpName> = (node: Operation<Op>, at: Raising) => SymbolicTensor;

function convolution(node: Operation<'conv2d'>, at: Raising): SymbolicTensor {
  const kernel = at.floats(node.kernel);
  const [height, width, depth, filters] = kernel.shape as [number, number, number, number];
  const channels = at.shapes[0]!.at(-1)!;
  const isDepthwise = node.groups > 1 && node.groups === channels && depth === 1;
  if (node.groups > 1 && !isDepthwise) {
    throw at.refuse('a convolution in groups', 'keep it as it is, or take groups of one channel or one group');
  }
  if (node.strides.some((stride) => stride > 1) && node.dilations.some((dilation) => dilation > 1)) {
    throw at.refuse('a convolution with strides and dilations, which TensorFlow.js does not have', 'keep it as it is');
  }
  if (isDepthwise && node.dilations.some((dilation) => dilation > 1)) {
    throw at.refuse('a depthwise convolution with dilations, which tf.layers does not have', 'keep it as it is');
  }
  const image = asImage(at, node.pads);
  const options = {
    name: at.name(),
    kernelSize: [height, width] as [number, number],
    strides: [...node.strides] as [number, number],
    dilationRate: [...node.dilations] as [number, number],
    padding: image.padding,
    useBias: node.bias !== undefined,
  };
  const data = scaledKernel(kernel, node, at);
  const bias = node.bias === undefined ? [] : [at.floats(node.bias)];
  const result = isDepthwise
    ? at.apply(
        layers.depthwiseConv2d({ ...options, depthMultiplier: filters / channels }),
        [image.x],
        [{ shape: [height, width, channels, filters / channels], data }, ...bias],
      )
    : at.apply(conv2d({ ...options, filters }), [image.x], [{ shape: kernel.shape, data }, ...bias]);
  return inShape(at, result, at.shape);

  /** [width, channels] as an image of one row; the padding by the layer where it knows it, else by zeros around. */
  function asImage({ xs: [x], shapes }: Raising, pads: Pads): { x: SymbolicTensor; padding: 'same' | 'valid' } {
    const shape = shapes[0]!.length === 2 ? [1, ...shapes[0]!] : shapes[0]!;
    const image = inShape(at, x!, shape, 'image');
    if (isSame(shape, [height, width], node)) return { x: image, padding: 'same' };
    const [top, left, bottom, right] = pads;
    if (pads.every((pad) => pad === 0)) return { x: image, padding: 'valid' };
    const zeros = layers.zeroPadding2d({ name: at.name('pad'), padding: [[top, bottom], [left, right]] }); // prettier-ignore
    return { x: at.apply(zeros, [image]), padding: 'valid' };
  }
}

/** Whether pads are what TensorFlow.js makes of 'same'. */
function isSame(
  image: readonly number[],
  size: readonly number[],
  { strides, dilations, pads }: Operation<'conv2d'>,
): boolean {
  return [0, 1].every((axis) => {
    const span = (size[axis]! - 1) * dilations[axis]! + 1;
    const zeros = Math.max((Math.ceil(image[axis]! / strides[axis]!) - 1) * strides[axis]! + span - image[axis]!, 0);
    return pads[axis] === Math.floor(zeros / 2) && pads[axis + 2] === Math.ceil(zeros / 2);
  });
}

/** A kernel with the scale that comes after it, by the last axis. */
function scaledKernel({ data }: Weight, { scale }: Epilogue, at: Raising): Float32Array {
  if (scale === undefined) return data;
  const factors = at.floats(scale).data;
  return data.map((value, i) => value * factors[i % factors.length]!);
}

function dense(node: Operation<'dense'>, at: Raising): SymbolicTensor {
  const kernel = at.floats(node.kernel);
  const bias = node.bias === undefined ? [] : [at.floats(node.bias)];
  const layer = layers.dense({ name: at.name(), units: kernel.shape[1]!, useBias: bias.length > 0 });
  return at.apply(layer, at.xs, [{ shape: kernel.shape, data: scaledKernel(kernel, node, at) }, ...bias]);
}

function affine(node: Operation<'affine'>, at: Raising): SymbolicTensor {
  const given = (['scale', 'bias'] as const).flatMap((key) =>
    node[key] === undefined ? [] : [[key, at.floats(node[key])] as const],
  );
  const vectors = Object.fromEntries(given.map(([key, { data }]) => [key, data.length]));
  const layer = new GraphOp({ name: at.name(), op: 'affine', attributes: {}, vectors, outputShape: at.shape });
  return at.apply(
    layer,
    at.xs,
    given.map(([, weight]) => weight),
  );
}

const ACTIVATIONS: ReadonlySet<string> = new Set(['sigmoid', 'hardSigmoid', 'tanh', 'gelu', 'elu', 'softplus']);

function unary({ function: name }: Operation<'unary'>, at: Raising): SymbolicTensor {
  if (name === 'relu') return at.apply(relu({ name: at.name() }), at.xs);
  if (name === 'relu6') return at.apply(relu({ name: at.name(), maxValue: 6 }), at.xs);
  if (ACTIVATIONS.has(name)) return at.apply(layers.activation({ name: at.name(), activation: name as 'tanh' }), at.xs);
  if (!Object.hasOwn(FUNCTIONS, name)) throw at.refuse(`the function ${name}`, 'take another');
  return graphOp(at, 'unary', { function: name });
}

function graphOp(at: Raising, op: GraphOpName, attributes: OpAttributes): SymbolicTensor {
  return at.apply(new GraphOp({ name: at.name(), op, attributes, outputShape: at.shape }), at.xs);
}

/** Two values of as many axes by the layer, others by the op. */
function pairOf(op: 'add' | 'multiply' | 'maximum'): Raise<typeof op> {
  return (_node, at) => {
    const [a, b] = at.shapes;
    return a!.length === b!.length ? at.apply(layers[op]({ name: at.name() }), at.xs) : graphOp(at, op, {});
  };
}

function pool(op: 'maxPool' | 'averagePool'): Raise<typeof op> {
  return ({ size, strides, pads }, at) => {
    if (pads.some((pad) => pad > 0) || at.shapes[0]!.length !== 3) return graphOp(at, op, { size, strides, pads });
    const options = {
      name: at.name(),
      poolSize: [...size] as [number, number],
      strides: [...strides] as [number, number],
    };
    return at.apply(op === 'maxPool' ? layers.maxPooling2d(options) : layers.averagePooling2d(options), at.xs);
  };
}

function inShape(at: Raising, x: SymbolicTensor, shape: readonly number[], part = 'reshape'): SymbolicTensor {
  if (x.shape.slice(1).join() === shape.join()) return x;
  return at.apply(layers.reshape({ name: at.name(part), targetShape: [...shape] }), [x]);
}

function layerNorm({ epsilon, gamma, beta }: Operation<'layerNorm'>, at: Raising): SymbolicTensor {
  const weights = [gamma, beta].flatMap((name) => (name === undefined ? [] : [at.floats(name)]));
  const has = { scale: gamma !== undefined, center: beta !== undefined };
  return at.apply(layers.layerNormalization({ name: at.name(), axis: -1, epsilon, ...has }), at.xs, weights);
}

/** The layers of a node, for those ops that layers stand for. */
export const RAISES: { readonly [Op in OpName]?: Raise<Op> } = {
  conv2d: convolution,
  dense,
  affine,
  unary,
  add: pairOf('add'),
  multiply: pairOf('multiply'),
  maximum: pairOf('maximum'),
  subtract: (_node, at) => graphOp(at, 'subtract', {}),
  clip: ({ min, max }, at) => graphOp(at, 'clip', { min, max }),
  slice: ({ begin, size }, at) => graphOp(at, 'slice', { begin, size }),
  mean: ({ axis }, at) => graphOp(at, 'mean', { axis }),
  matMul: ({ transposeB }, at) => graphOp(at, 'matMul', { transposeB }),
  maxPool: pool('maxPool'),
  averagePool: pool('averagePool'),
  globalAveragePool: (_node, at) =>
    at.apply(layers.globalAveragePooling2d({ name: at.name(), dataFormat: 'channelsLast' }), at.xs),
  globalMaxPool: (_node, at) =>
    at.apply(layers.globalMaxPooling2d({ name: at.name(), dataFormat: 'channelsLast' }), at.xs),
  concat: ({ axis }, at) => at.apply(layers.concatenate({ name: at.name(), axis: axis + 1 }), at.xs),
  softmax: (_node, at) => at.apply(layers.softmax({ name: at.name(), axis: -1 }), at.xs),
  reshape: ({ shape }, at) => at.apply(layers.reshape({ name: at.name(), targetShape: [...shape] }), at.xs),
  transpose: ({ permutation }, at) =>
    at.apply(layers.permute({ name: at.name(), dims: permutation.map((axis) => axis + 1) }), at.xs),
  pad: ({ pads: [top, left, bottom, right] }, at) =>
    at.apply(layers.zeroPadding2d({ name: at.name(), padding: [[top, bottom], [left, right]] }), at.xs), // prettier-ignore
  embedding({ table }, at) {
    const weight = at.floats(table);
    const [inputDim, outputDim] = weight.shape as [number, number];
    return at.apply(layers.embedding({ name: at.name(), inputDim, outputDim }), at.xs, [weight]);
  },
  layerNorm,
};
