import * as tf from '@tensorflow/tfjs-core';

/**
 * A net from a plan, on core ops alone, as its author would write it down: batch norm by `tf.moments`, quantizers as
 * `tf.customGrad` with a straight-through gradient, a depthwise 3×3 where the plan has a shift.
 *
 * @param plan {{ layers: object[] }} see tools/bench/src/peers/plan.ts
 * @param seed seeds the first weights
 * @returns the variables, and what computes logits
 */
export function netOf({ layers }, seed) {
  const variables = [];
  const keep = (initial) => {
    const variable = tf.variable(initial);
    initial.dispose();
    variables.push(variable);
    return variable;
  };
  const random = (shape, deviation) => keep(tf.randomNormal(shape, 0, deviation, 'float32', seed + variables.length));
  const built = layers.map((layer) => ({ ...layer, compute: computation(layer, random, keep) }));
  const forward = (x) => {
    const values = { input: x };
    for (const { name, inputs, compute } of built) values[name] = compute(...inputs.map((each) => values[each]));
    return values[layers.at(-1).name];
  };
  return { variables, forward };
}

function computation(layer, random, keep) {
  const { op, channels, strides } = layer;
  switch (op) {
    case 'conv': {
      const { kernelSize, filters, bits, useBias } = layer;
      const kernel = random([kernelSize, kernelSize, channels, filters], (kernelSize * kernelSize * channels) ** -0.5);
      const bias = useBias && keep(tf.zeros([filters]));
      const read = bits === 1 ? binarize : unquantized(bits);
      return (x) => {
        const y = tf.conv2d(x, read(kernel), strides, 'same');
        return bias ? tf.add(y, bias) : y;
      };
    }
    case 'batch-norm': {
      const [gamma, beta] = [keep(tf.ones([channels])), keep(tf.zeros([channels]))];
      return (x) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        return tf.batchNorm(x, mean, variance, beta, gamma, layer.epsilon);
      };
    }
    case 'relu':
      return tf.relu;
    case 'quantize': {
      if (layer.bits === 'float') return (x) => tf.clipByValue(x, 0, 1);
      const round = roundTo(2 ** layer.bits - 1);
      return (x) => round(tf.clipByValue(x, 0, 1));
    }
    case 'shift': {
      const filter = random([3, 3, channels, 1], 0.3);
      return (x) => tf.depthwiseConv2d(x, filter, strides, 'same');
    }
    case 'add':
      return tf.add;
    case 'average-pool':
      return (x) => tf.mean(x, [1, 2]);
    case 'dense': {
      const [kernel, bias] = [random([channels, layer.units], 0.1), keep(tf.zeros([layer.units]))];
      return (x) => tf.add(tf.matMul(x, kernel), bias);
    }
    default:
      throw new Error(`the stock TF.js side has no layer '${op}'`);
  }
}

function unquantized(bits) {
  if (bits !== 'float') throw new Error(`the stock TF.js side has weights of 1 bit or float ones, not of ${bits} bits`);
  return (kernel) => kernel;
}

/** DoReFa's weights of 1 bit: ±mean|w|. */
const binarize = tf.customGrad((w) => ({
  value: tf.tidy(() => {
    const scale = tf.mean(tf.abs(w));
    return tf.where(tf.greaterEqual(w, 0), scale, tf.neg(scale));
  }),
  gradFunc: (dy) => tf.clone(dy),
}));

function roundTo(top) {
  return tf.customGrad((x) => ({
    value: tf.tidy(() => tf.div(tf.round(tf.mul(x, top)), top)),
    gradFunc: (dy) => tf.clone(dy),
  }));
}
