import { canHost, noticeFallback } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelCall } from './native.js';

/** What runs where no kernel of ours does. */
const RUNS = {
  stock: "TF.js's own WASM kernel runs",
  cpu: "TF.js's cpu kernel runs, on copies of the tensors",
} as const;

/** A kernel that says in debug mode that it runs in the place of another. */
export function fallback(kernelName: string, runs: keyof typeof RUNS, kernelFunc: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    noticeFallback(kernelName, () => reasonOf(kernelName, call), RUNS[runs]);
    return kernelFunc(call);
  };
}

/** What is uncommon about a call, of what kernels are particular about. */
function reasonOf(kernelName: string, { inputs, attrs, backend }: KernelCall): string {
  if (!canHost(backend as tf.KernelBackend)) return 'a backend with other memory';
  const {
    dataFormat,
    activation = 'linear',
    dilations,
    dtype = 'float32',
  } = (attrs ?? {}) as Readonly<Record<string, unknown>>;
  if (dataFormat === 'NCHW') return 'layout NCHW';
  const known = kernelName === tf.Tile ? ['float32', 'int32', 'bool'] : ['float32'];
  const { segmentIds: _, indices: __, ...values } = inputs;
  const given = [...Object.values(values).map((tensor) => tensor?.dtype), dtype as string];
  const other = given.find((each) => each && !known.includes(each));
  if (other) return `dtype ${other}`;
  if (activation !== 'linear') return `activation ${activation as string}`;
  return [dilations ?? 1].flat().some((dilation) => dilation !== 1) ? 'dilations' : 'sizes or options';
}
