// A side of the benchmarks of kernels, in a process of its own: side.ts OWNER. The first line on stdin is the work, as JSON; 'step
// INDEX' then does one piece of it.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { serve, timed, type Service } from '../run/serve.js';
import type { Sample } from '../run/side.js';
import type { Call, Given, Owner, Work } from './calls.js';

let noise = new Float32Array();

/** Milliseconds that a repetition is to take at least: work that takes less is done several times. */
const ENOUGH = 30;

async function start(line: () => Promise<string>): Promise<Service> {
  const owner = process.argv[2] as Owner;
  const works = JSON.parse(await line()) as Work[];
  await tf.setBackend(owner === 'cpu' ? 'cpu' : 'wasm');
  const about = owner === 'product' ? `${await productKernels()} SIMD` : `TF.js's own kernels`;
  const repeats = new Map<number, number>();
  const step = async (argument: string): Promise<Sample | { skipped: string }> => {
    const index = Number(argument);
    const { calls } = works[index]!;
    const lacks = calls.find(({ kernel }) => !tf.getKernel(kernel, tf.getBackend()));
    if (lacks) return { skipped: `TF.js's ${tf.getBackend()} backend has no ${lacks.kernel}` };
    const { run, end } = prepared(calls);
    try {
      const times = repeats.get(index);
      if (times === undefined) {
        const first = await timed(run);
        repeats.set(index, Math.ceil(ENOUGH / first.ms));
        return first;
      }
      const all = await timed(() => {
        for (let i = 0; i < times; i++) run();
      });
      return { ms: all.ms / times, cpuMs: all.cpuMs / times };
    } finally {
      end();
    }
  };
  return { about, versions: { node: process.versions.node, tfjs: tf.version_core }, requests: { step } };
}

/** Puts the product's kernels in the place of TF.js's. Returns which SIMD they have. */
async function productKernels(): Promise<string> {
  const { simd } = await import('@lowbit/wasm-kernels');
  await import('@lowbit/quant-core');
  await import('@lowbit/shift-ops');
  await import('@lowbit/training');
  return simd();
}

function prepared(calls: readonly Call[]): { run: () => void; end: () => void } {
  const backend = tf.backend();
  const ready = calls.map(({ kernel, inputs, attrs, times }) => ({
    times,
    kernel: tf.getKernel(kernel, tf.getBackend()).kernelFunc,
    call: { inputs: mapValues(inputs, tensorOf), attrs: attrs as tf.NamedAttrMap, backend },
  }));
  return {
    run: () => {
      for (const { kernel, call, times } of ready) {
        for (let i = 0; i < times; i++) for (const { dataId } of [kernel(call)].flat()) backend.disposeData(dataId);
      }
    },
    end: () => tf.dispose(ready.map(({ call }) => call.inputs)),
  };
}

function tensorOf({ shape, dtype }: Given): tf.Tensor {
  if (dtype !== 'float32') return tf.ones([...shape], dtype);
  const size = tf.util.sizeFromShape([...shape]);
  if (noise.length < size) noise = Float32Array.from({ length: size }, () => 2 * Math.random() - 1);
  return tf.tensor(noise.subarray(0, size), [...shape]);
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

await serve(start);
process.exit(0);
