import { canHost } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import { kernelHost, type KernelHost } from '../native.js';

/** dy where 0 < x ≤ most: inputs { dy, x }, attributes { most }. */
export const ReluGradient = 'ReluGradient';
/** dy where clipValueMin ≤ x ≤ clipValueMax: inputs { dy, x }, attributes as ClipByValue has them. */
export const ClipGradient = 'ClipGradient';

function kernel(
  kernelName: string,
  compute: (host: KernelHost, addresses: [dy: number, x: number, dx: number], size: number, attrs: never) => void,
): tf.KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc({ inputs, attrs, backend }) {
      const { dy, x } = inputs as Record<'dy' | 'x', tf.TensorInfo>;
      const host = kernelHost(backend as tf.KernelBackend);
      const dx = host.output(x.shape);
      const addresses = [dy, x, dx].map(host.address) as [number, number, number];
      compute(host, addresses, tf.util.sizeFromShape(x.shape), attrs as never);
      return dx;
    },
    // TF.js's gradients come with its layers, which may be imported after this package, but seldom after a backend is set
    setupFunc: registerGradients,
  };
}

/** Gradients that pass where their input lies in a range, in one pass over memory. */
export const passGradients: readonly tf.KernelConfig[] = [
  kernel(ReluGradient, ({ exports }, addresses, size, { most }: { most: number }) =>
    exports.reluGradient(...addresses, size, most),
  ),
  kernel(ClipGradient, ({ exports }, addresses, size, { clipValueMin, clipValueMax }: tf.ClipByValueAttrs) =>
    exports.clipGradient(...addresses, size, clipValueMin, clipValueMax),
  ),
];

const mark = Symbol.for('@lowbit/wasm-kernels gradient');

/**
 * Puts the kernels in the place of gradients that TF.js composes of two to five ops; on every other backend, and for other types than
 * float32, those go on to run. Gradients of these gradients are TF.js's. Another call, or another copy of this package, changes nothing.
 */
export function registerGradients(): void {
  replaceGradient(tf.Relu, ReluGradient, () => ({ most: Infinity }));
  replaceGradient(tf.Relu6, ReluGradient, () => ({ most: 6 }));
  replaceGradient(tf.ClipByValue, ClipGradient, (attrs) => attrs);
  for (const kernelName of [ReluGradient, ClipGradient]) {
    if (tf.getGradient(kernelName)) continue;
    tf.registerGradient({
      kernelName,
      inputsToSave: ['x'],
      gradFunc: (dy, [x], attrs) => ({
        dy: () => tf.engine().runKernel<tf.Tensor>(kernelName, { dy: dy as tf.Tensor, x: x! }, attrs),
        x: () => tf.zerosLike(x!),
      }),
    });
  }
}

type Marked = tf.GradConfig & { [mark]?: true };

function replaceGradient(
  kernelName: string,
  gradient: string,
  attributesOf: (attrs: tf.NamedAttrMap) => tf.NamedAttrMap,
): void {
  const stock: Marked | undefined = tf.getGradient(kernelName);
  if (!stock || stock[mark]) return;
  const replaced: Marked = {
    ...stock,
    [mark]: true,
    gradFunc(dy, saved, attrs) {
      const [x] = saved;
      const isOurs = x!.dtype === 'float32' && tf.getBackend() === 'wasm' && canHost(tf.backend());
      if (!isOurs) return stock.gradFunc(dy, saved, attrs);
      const inputs = { dy: dy as tf.Tensor, x: x! };
      return { x: () => tf.engine().runKernel<tf.Tensor>(gradient, inputs, attributesOf(attrs)) };
    },
  };
  // TF.js warns of a gradient that it has already
  tf.unregisterGradient(kernelName);
  tf.registerGradient(replaced);
}
