import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { depthwise } from '../compositions/depthwise.js';
import { separable } from '../compositions/separable.js';
import type { ShiftImplementation } from '../implementation.js';
import { implementation } from '../kernels.js';
import '../wasm.js';

/** The implementations, each with a backend that it runs on; native TensorFlow is among them where it is installed. */
export async function implementations(): Promise<{ name: string; backend: string; get: () => ShiftImplementation }[]> {
  const native = await loadsNative();
  return [
    { name: 'kernels', backend: 'wasm', get: implementation },
    { name: 'separable', backend: 'cpu', get: () => separable },
    { name: 'separable', backend: 'wasm', get: () => separable },
    { name: 'depthwise', backend: 'cpu', get: () => depthwise },
    ...(native ? [{ name: 'depthwise', backend: 'tensorflow', get: implementation }] : []),
    ...(native ? [{ name: 'separable', backend: 'tensorflow', get: () => separable }] : []),
  ];
}

/** The backends of this machine that the ops are tested on. */
export async function backends(): Promise<string[]> {
  return (await loadsNative()) ? ['wasm', 'cpu', 'tensorflow'] : ['wasm', 'cpu'];
}

async function loadsNative(): Promise<boolean> {
  try {
    await import('@tensorflow/tfjs-node');
    return true;
  } catch (error) {
    console.warn(`not tested on tensorflow: ${(error as Error).message.split('\n')[0]}`);
    return false;
  }
}

/** Runs `body` on a backend and throws if it leaves tensors behind. */
export async function on<T>(backend: string, body: () => T | Promise<T>): Promise<T> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const result = await body();
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors were left on ${backend}`);
  return result;
}
