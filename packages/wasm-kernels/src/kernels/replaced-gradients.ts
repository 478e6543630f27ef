import { canHost } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';

const mark = Symbol.for('@lowbit/wasm-kernels gradient');

type Marked = tf.GradConfig & { [mark]?: true };

/** The tensors of a gradient's call, and its kernel's attributes. */
export interface GradientCall {
  readonly dy: tf.Tensor;
  /** What the forward pass saved. */
  readonly saved: readonly tf.Tensor[];
  readonly attrs: tf.NamedAttrMap;
}

/**
 * Puts a gradient in the place of TF.js's own where the WASM backend computes float32 and ours takes the call; others go on to TF.js's. Another
 * call, or another copy of this package, changes nothing.
 */
export function replaceGradient(
  kernelName: string,
  ours: (call: GradientCall) => ReturnType<tf.GradFunc>,
  takes: (call: GradientCall) => boolean = () => true,
): void {
  const stock: Marked | undefined = tf.getGradient(kernelName);
  if (!stock || stock[mark]) return;
  const replaced: Marked = {
    ...stock,
    [mark]: true,
    gradFunc(dy, saved, attrs) {
      const call: GradientCall = { dy: dy as tf.Tensor, saved, attrs };
      const isFloat = [call.dy, ...saved].every(({ dtype }) => dtype === 'float32');
      const isOurs = isFloat && tf.getBackend() === 'wasm' && canHost(tf.backend()) && takes(call);
      return isOurs ? ours(call) : stock.gradFunc(dy, saved, attrs);
    },
  };
  // TF.js warns of a gradient that it has already
  tf.unregisterGradient(kernelName);
  tf.registerGradient(replaced);
}

/** Registers the gradient of one of our kernels, once. */
export function addGradient(config: tf.GradConfig): void {
  if (!tf.getGradient(config.kernelName)) tf.registerGradient(config);
}
