// How large the WASM heaps of a training's threads are: each worker imports this plugin, and is asked through a channel.
import { API_VERSION, definePlugin, factory, type Loss } from '@lowbit/plugin-api';
import { softmaxCrossEntropy } from '@lowbit/training';
import * as tf from '@tensorflow/tfjs-core';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';
import { z } from 'zod';

const CHANNEL = 'heaps of the training';
const QUESTION = 'how large is yours?';

/** MiB of this thread's WASM heap, which never shrinks; undefined on other backends. */
export function heapMiB(): number | undefined {
  const { wasm } = tf.backend() as { wasm?: { HEAPU8: Uint8Array } };
  return wasm && wasm.HEAPU8.length / 2 ** 20;
}

/** MiB of the heaps of so many other threads, of a training whose loss is 'watched'. */
export async function otherHeaps(threads: number): Promise<number[]> {
  if (threads === 0) return [];
  const channel = new BroadcastChannel(CHANNEL);
  const heaps: number[] = [];
  const all = new Promise<number[]>((resolve) => {
    channel.onmessage = ({ data }: { data?: unknown }) => {
      if (heaps.push(data as number) === threads) resolve(heaps);
    };
  });
  channel.postMessage(QUESTION);
  return all.finally(() => channel.close());
}

/** Softmax cross-entropy; in a worker it also answers {@link otherHeaps}. */
function watched(): Loss {
  if (!isMainThread) {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = ({ data }: { data?: unknown }) => data === QUESTION && channel.postMessage(heapMiB());
    channel.unref();
  }
  return softmaxCrossEntropy();
}

export default definePlugin({
  name: 'bench-heaps',
  apiVersion: API_VERSION,
  losses: { watched: factory(z.strictObject({}), watched) },
});
