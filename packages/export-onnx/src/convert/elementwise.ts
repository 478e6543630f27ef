import type { Operation, UnaryFunction } from '@lowbit/graph';
import { float } from '../attributes.js';
import { floats } from '../tensors.js';
import type { Layout, Writer } from '../writer.js';
import type { Converters } from './converters.js';

type ElementwiseOp = 'add' | 'subtract' | 'multiply' | 'maximum' | 'unary' | 'clip' | 'softmax' | 'layerNorm';

/** Functions of each place, or of the last axis. */
export const elementwise: Pick<Converters, ElementwiseOp> = {
  add: (writer, node) => binary(writer, node, 'Add'),
  subtract: (writer, node) => binary(writer, node, 'Sub'),
  multiply: (writer, node) => binary(writer, node, 'Mul'),
  maximum: (writer, node) => binary(writer, node, 'Max'),

  unary(writer, node) {
    const [x] = node.inputs as [string];
    const layout = writer.layoutOf(x);
    return [unaryFunctions[node.function](writer, writer.read(x, layout)), layout];
  },

  clip(writer, { inputs: [x], min, max }) {
    const layout = writer.layoutOf(x!);
    return [limited(writer, writer.read(x!, layout), min, max), layout];
  },

  softmax: (writer, node) => [writer.add('Softmax', [writer.read(node.inputs[0]!, 'last')], { axis: -1 }), 'last'],

  layerNorm(writer, { inputs: [x], gamma, beta, epsilon }) {
    const width = writer.value(x!).shape.at(-1)!;
    const ones = () => writer.local('gamma', floats(new Float32Array(width).fill(1)));
    const inputs = [
      writer.read(x!, 'last'),
      gamma === undefined ? ones() : writer.constant(gamma, floats(writer.floats(gamma))),
      ...(beta === undefined ? [] : [writer.constant(beta, floats(writer.floats(beta)))]),
    ];
    return [writer.add('LayerNormalization', inputs, { axis: -1, epsilon: float(epsilon) }), 'last'];
  },
};

/** A value limited to [min, max]. */
export function limited(writer: Writer, x: string, min: number, max: number): string {
  return writer.add('Clip', [x, writer.local('min', floats([min], [])), writer.local('max', floats([max], []))]);
}

const op = (name: string) => (writer: Writer, x: string) => writer.add(name, [x]);

const unaryFunctions: { readonly [name in UnaryFunction]: (writer: Writer, x: string) => string } = {
  relu: op('Relu'),
  relu6: (writer, x) => limited(writer, x, 0, 6),
  abs: op('Abs'),
  sign: op('Sign'),
  sigmoid: op('Sigmoid'),
  // its usual slope 0.2 and offset 0.5 are those of tf.layers
  hardSigmoid: op('HardSigmoid'),
  tanh: op('Tanh'),
  exp: op('Exp'),
  // x · (1 + erf(x / √2)) / 2, since Gelu is of opset 20
  gelu(writer, x) {
    const error = writer.add('Erf', [writer.scaled('Mul', x, Math.SQRT1_2)]);
    const twice = writer.add('Add', [error, writer.local('one', floats([1], []))]);
    return writer.scaled('Mul', writer.add('Mul', [x, twice]), 0.5);
  },
  elu: op('Elu'),
  softplus: op('Softplus'),
  sqrt: op('Sqrt'),
};

type Binary = Operation<'add'> | Operation<'subtract'> | Operation<'multiply'> | Operation<'maximum'>;

function binary(writer: Writer, { inputs }: Binary, opType: string): readonly [string, Layout] {
  const axes = inputs.map((name) => writer.value(name).shape.length);
  if (axes[0] === axes[1]) {
    const layout = inputs.some((name) => writer.layoutOf(name) === 'first') ? 'first' : 'last';
    return [writer.add(opType, [writer.read(inputs[0]!, layout), writer.read(inputs[1]!, layout)]), layout];
  }
  // the batch stays in front, and axes of 1 behind it make up for what is missing
  const most = Math.max(...axes);
  const operands = inputs.map((name, i) => {
    const missing = Array<number>(most - axes[i]!).fill(1);
    const x = writer.read(name, 'last');
    return missing.length === 0 ? x : writer.reshape(x, [0, ...missing, ...writer.value(name).shape]);
  });
  return [writer.add(opType, operands), 'last'];
}
