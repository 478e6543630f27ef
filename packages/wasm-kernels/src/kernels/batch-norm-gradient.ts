import * as tf from '@tensorflow/tfjs-core';
import { kernelHost } from '../native.js';
import { addGradient, replaceGradient, type GradientCall } from './replaced-gradients.js';

/**
 * From dy and x [..., channels], mean and factor [channels]: dy · factor, Σ dy and Σ dy · (x − mean), the sums over all but the
 * channels. What a batch norm's five gradients are made of, in one pass over memory.
 */
export const BatchNormGradient = 'BatchNormGradient';

type Inputs = Record<'dy' | 'x' | 'mean' | 'factor', tf.TensorInfo>;

export const batchNormGradient: tf.KernelConfig = {
  kernelName: BatchNormGradient,
  backendName: 'wasm',
  kernelFunc({ inputs, backend }) {
    const { dy, x, mean, factor } = inputs as Inputs;
    const host = kernelHost(backend as tf.KernelBackend);
    const channels = tf.util.sizeFromShape(mean.shape);
    const count = tf.util.sizeFromShape(x.shape.slice(0, -1));
    const outputs = [host.output(x.shape), host.output(mean.shape), host.output(mean.shape)];
    const addresses = [dy, x, mean, factor, ...outputs].map(host.address);
    host.scratch(8 * channels, (scratch) =>
      host.exports.batchNormGradient(...(addresses as Addresses), count, channels, scratch),
    );
    return outputs;
  },
};

type Addresses = [number, number, number, number, number, number, number];

const run = (inputs: Record<keyof Inputs, tf.Tensor>) =>
  tf.engine().runKernel<tf.Tensor[]>(BatchNormGradient, inputs) as [tf.Tensor, tf.Tensor, tf.Tensor];

/** Statistics and scale of the channels alone. */
function takes({ saved: [x, mean, variance, scale] }: GradientCall): boolean {
  const channels = x!.shape.at(-1)!;
  return [mean!, variance!, scale!].every(({ rank, size }) => rank === 1 && size === channels);
}

/** Puts it in the place of what TF.js composes of some twenty ops. Where scale or offset are left out TF.js has no gradient at all. */
export function registerBatchNormGradient(): void {
  replaceGradient(
    tf.FusedBatchNorm,
    ({ dy, saved: [x, mean, variance, scale], attrs }) => {
      const { varianceEpsilon } = attrs as unknown as tf.FusedBatchNormAttrs;
      const inverse = tf.rsqrt(tf.add(variance!, varianceEpsilon));
      const factor = tf.mul(inverse, scale!);
      const [dx, sums, products] = run({ dy, x: x!, mean: mean!, factor });
      return {
        x: () => dx,
        mean: () => tf.neg(tf.mul(sums, factor)),
        variance: () => tf.mul(tf.mul(products, factor), tf.mul(tf.square(inverse), -0.5)),
        scale: () => tf.mul(products, inverse),
        offset: () => sums.clone(),
      };
    },
    takes,
  );
  addGradient({
    kernelName: BatchNormGradient,
    inputsToSave: ['dy', 'x', 'mean', 'factor'],
    outputsToSave: [false, true, false],
    gradFunc(given, [dy, x, mean, factor, sums]) {
      const [ddx, dSums, dProducts] = given as tf.Tensor[] as [tf.Tensor, tf.Tensor, tf.Tensor];
      const axes = x!.shape.slice(1).map((_, axis) => axis);
      const deviations = tf.sub(x!, mean!);
      return {
        dy: () => tf.add(tf.add(tf.mul(ddx, factor!), dSums), tf.mul(deviations, dProducts)),
        x: () => tf.mul(dy!, dProducts),
        mean: () => tf.neg(tf.mul(dProducts, sums!)),
        factor: () => tf.sum(tf.mul(ddx, dy!), axes),
      };
    },
  });
}
