import * as tf from '@tensorflow/tfjs-core';
import { kernelHost, type KernelHost } from '../native.js';
import { addGradient, replaceGradient } from './replaced-gradients.js';

/** dy where 0 < x ≤ most: inputs { dy, x }, attributes { most }. */
export const ReluGradient = 'ReluGradient';
/** dy where clipValueMin ≤ x ≤ clipValueMax: inputs { dy, x }, attributes as ClipByValue has them. */
export const ClipGradient = 'ClipGradient';
/** dy · 2 x: inputs { dy, x }. */
export const SquareGradient = 'SquareGradient';

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
  };
}

/** Gradients of functions of each number, in one pass over memory. */
export const passGradients: readonly tf.KernelConfig[] = [
  kernel(ReluGradient, ({ exports }, addresses, size, { most }: { most: number }) =>
    exports.reluGradient(...addresses, size, most),
  ),
  kernel(ClipGradient, ({ exports }, addresses, size, { clipValueMin, clipValueMax }: tf.ClipByValueAttrs) =>
    exports.clipGradient(...addresses, size, clipValueMin, clipValueMax),
  ),
  kernel(SquareGradient, ({ exports }, addresses, size) => exports.squareGradient(...addresses, size)),
];

const run = (kernelName: string, dy: tf.Tensor, x: tf.Tensor, attrs: tf.NamedAttrMap) =>
  tf.engine().runKernel<tf.Tensor>(kernelName, { dy, x }, attrs);

/** Puts them in the place of those that TF.js composes of two to five ops. Their own gradients are TF.js's. */
export function registerPassGradients(): void {
  const replace = (name: string, gradient: string, attributesOf: (attrs: tf.NamedAttrMap) => tf.NamedAttrMap) =>
    replaceGradient(name, ({ dy, saved: [x], attrs }) => ({ x: () => run(gradient, dy, x!, attributesOf(attrs)) }));
  replace(tf.Relu, ReluGradient, () => ({ most: Infinity }));
  replace(tf.Relu6, ReluGradient, () => ({ most: 6 }));
  replace(tf.ClipByValue, ClipGradient, (attrs) => attrs);
  replace(tf.Square, SquareGradient, () => ({}));
  for (const kernelName of [ReluGradient, ClipGradient, SquareGradient]) {
    addGradient({
      kernelName,
      inputsToSave: ['dy', 'x'],
      gradFunc: (given, [dy, x], attrs) => {
        const ddx = given as tf.Tensor;
        const bends = kernelName === SquareGradient ? () => tf.mul(ddx, tf.mul(dy!, 2)) : () => tf.zerosLike(x!);
        return { dy: () => run(kernelName, ddx, x!, attrs), x: bends };
      },
    });
  }
}
