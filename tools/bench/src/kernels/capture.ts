// Writes down which of the product's kernels a training step of L20x4 calls on WASM, and with what: capture.ts BATCH. Prints one
// line of JSON, a list of Captured.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { Call, Captured } from './calls.js';

const stock = new Map(tf.getKernelsForBackend('wasm').map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]));
const { startTraining } = await import('../train/training.js');
const { registerWasmKernels } = await import('@lowbit/wasm-kernels');
const { step } = await startTraining({ backend: 'wasm', net: 'L20x4', batch: Number(process.argv[2]), seed: 1 });

const product = new Set([
  ...registerWasmKernels().flatMap(({ kernelName, runs }) => (runs.includes('simd') ? kernelName : [])),
  // those of quant-core and shift-ops, which are kernels of nobody else
  ...tf.getKernelsForBackend('wasm').flatMap(({ kernelName }) => (inTfjs(kernelName) ? [] : kernelName)),
]);
const calls = new Map<string, Call>();
for (const config of tf.getKernelsForBackend('wasm').filter(({ kernelName }) => product.has(kernelName))) {
  tf.unregisterKernel(config.kernelName, 'wasm');
  tf.registerKernel({
    ...config,
    kernelFunc: (params) => {
      note(config.kernelName, params);
      return config.kernelFunc(params);
    },
  });
}
await step();

const captured = [...product].flatMap((name): Captured[] => {
  const own = [...calls.values()].filter(({ kernel }) => kernel === name);
  if (own.length === 0) return [];
  const other = stock.has(name) ? 'stock' : tf.getKernel(name, 'cpu') ? 'cpu' : undefined;
  return [{ name, calls: own, ...(other ? { other } : {}) }];
});
console.log(JSON.stringify(captured));
process.exit(0);

function inTfjs(kernel: string): boolean {
  return stock.has(kernel) || tf.getKernel(kernel, 'cpu') != null;
}

function note(kernel: string, { inputs, attrs = {} }: Parameters<tf.KernelFunc>[0]): void {
  const given = Object.entries(inputs as tf.NamedTensorInfoMap).flatMap(([key, tensor]) =>
    tensor ? [[key, { shape: tensor.shape, dtype: tensor.dtype }]] : [],
  );
  const call = { kernel, inputs: Object.fromEntries(given), attrs } as Omit<Call, 'times'>;
  const key = JSON.stringify(call);
  calls.set(key, { ...call, times: (calls.get(key)?.times ?? 0) + 1 });
}
