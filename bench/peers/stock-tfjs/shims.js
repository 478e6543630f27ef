import * as tf from '@tensorflow/tfjs-core';

// The gradient kernels that TF.js's WASM backend lacks, as anyone would put them together from core ops.

/** The smallest amount of code that lets the WASM backend train a convolution. Returns the names of what it put in. */
export function registerShims() {
  const shims = {
    Conv2DBackpropFilter: conv2dBackpropFilter,
    DepthwiseConv2dNativeBackpropFilter: depthwiseBackpropFilter,
    DepthwiseConv2dNativeBackpropInput: depthwiseBackpropInput,
  };
  const missing = Object.entries(shims).filter(([kernelName]) => !tf.getKernel(kernelName, 'wasm'));
  for (const [kernelName, compute] of missing) {
    const kernelFunc = ({ inputs, attrs }) => tf.tidy(() => compute(inputs, attrs));
    tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
  }
  return missing.map(([kernelName]) => kernelName);
}

/** dW = Xᵀ·dY, with the columns of X as slices of the padded input. The explicit transpose is faster than matMul's own. */
function conv2dBackpropFilter({ x, dy }, { strides, pad, dimRoundingMode, filterShape }) {
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode);
  const rows = dy.size / info.outChannels;
  const taps = windows(x, info).map((window) => tf.reshape(window, [rows, info.inChannels]));
  const columns = taps.length > 1 ? tf.concat(taps, 1) : taps[0];
  const product = tf.matMul(tf.transpose(columns), tf.reshape(dy, [rows, info.outChannels]));
  return tf.reshape(product, filterShape);
}

function depthwiseBackpropFilter({ x, dy }, { strides, dilations, pad, dimRoundingMode, filterShape }) {
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, dilations, pad, dimRoundingMode, true);
  const taps = windows(x, info).map((window) => tf.sum(tf.mul(window, dy), [0, 1, 2]));
  return tf.reshape(tf.stack(taps), filterShape);
}

/** The output's gradient with zeros between its pixels, convolved with the turned filter. */
function depthwiseBackpropInput({ dy, filter }, { strides, dilations, pad, dimRoundingMode, inputShape }) {
  const info = tf.backend_util.computeConv2DInfo(
    ...[inputShape, filter.shape, strides, dilations, pad, dimRoundingMode, true],
  );
  const { filterHeight, filterWidth, padInfo } = info;
  const spread = withZeros(withZeros(dy, 1, info.strideHeight), 2, info.strideWidth);
  const top = filterHeight - 1 - padInfo.top;
  const left = filterWidth - 1 - padInfo.left;
  const padded = tf.pad(spread, [
    [0, 0],
    [top, inputShape[1] + filterHeight - 1 - spread.shape[1] - top],
    [left, inputShape[2] + filterWidth - 1 - spread.shape[2] - left],
    [0, 0],
  ]);
  return tf.depthwiseConv2d(padded, tf.reverse(filter, [0, 1]), 1, 'valid');
}

/** What each tap of a filter sees: [batch, outHeight, outWidth, channels] each. */
function windows(x, { padInfo, filterHeight, filterWidth, strideHeight, strideWidth, outHeight, outWidth }) {
  const [batch, height, width, channels] = x.shape;
  const reachY = (outHeight - 1) * strideHeight + 1;
  const reachX = (outWidth - 1) * strideWidth + 1;
  const padded = tf.pad(x, [
    [0, 0],
    [padInfo.top, Math.max(0, reachY + filterHeight - 1 - height - padInfo.top)],
    [padInfo.left, Math.max(0, reachX + filterWidth - 1 - width - padInfo.left)],
    [0, 0],
  ]);
  const strides = [1, strideHeight, strideWidth, 1];
  return Array.from({ length: filterHeight * filterWidth }, (_, tap) => {
    const [i, j] = [Math.floor(tap / filterWidth), tap % filterWidth];
    return tf.stridedSlice(padded, [0, i, j, 0], [batch, i + reachY, j + reachX, channels], strides);
  });
}

/** Puts stride − 1 zeros after each entry along an axis, but the last. */
function withZeros(x, axis, stride) {
  if (stride === 1) return x;
  const [before, size, after] = [x.shape.slice(0, axis), x.shape[axis], x.shape.slice(axis + 1)];
  const outer = before.reduce((product, each) => product * each, 1);
  const inner = after.reduce((product, each) => product * each, 1);
  const spread = tf.pad(tf.reshape(x, [outer * size, 1, inner]), [
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ]);
  const length = (size - 1) * stride + 1;
  const cut = tf.slice(tf.reshape(spread, [outer, size * stride, inner]), [0, 0, 0], [outer, length, inner]);
  return tf.reshape(cut, [...before, length, ...after]);
}
