import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { guardHeap, isOutOfMemory, OutOfMemoryError, type Heap } from './heap.js';

const MIB = 2 ** 20;

let wasm: Heap;
beforeAll(async () => {
  await tf.setBackend('wasm');
  ({ wasm } = tf.backend() as unknown as { wasm: Heap });
  guardHeap(tf.backend());
});

/** Asks for pieces until there is no room for another; nothing is written to them. */
function fill(bytes: number): number[] {
  const addresses: number[] = [];
  try {
    for (;;) addresses.push(wasm._malloc(bytes));
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    return addresses;
  }
}

it('TF.js itself says when the heap is full, and works on when it no longer is', () => {
  const before = [tf.memory().numTensors, tf.backend().numDataIds()];
  const x = tf.fill([40 * MIB], 3);
  const blocks = fill(100 * MIB);
  expect(() => tf.relu(x)).toThrow(
    /^the WASM heap \(\d{4} MiB; 4 GiB at most, and 2 GiB in one piece\) has no room for 167772160 bytes more; use a smaller batch/,
  );
  expect(() => tf.fill([2 ** 29], 1)).toThrow(OutOfMemoryError);
  for (const block of blocks) wasm._free(block);
  const last = tf.tidy(() => tf.slice(tf.relu(x), [x.size - 1], [1]).dataSync()[0]);
  expect(last).toBe(3);
  x.dispose();
  expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before);
});

it.each([100, 256, 512, 1000, 1900])('no piece of %i MiB ends beyond the heap, or is given twice', (mib) => {
  const pieces = fill(mib * MIB);
  const last = fill(20 * MIB);
  // free memory near 4 GiB, which is too small
  for (const address of last.splice(-1)) wasm._free(address);
  const all = [...fill(mib * MIB), ...fill(600 * MIB)];
  expect(all).toEqual([]);
  const starts = pieces.map((address) => address >>> 0).sort((a, b) => a - b);
  starts.forEach((start, i) => expect(start + mib * MIB).toBeLessThanOrEqual(starts[i + 1] ?? wasm.HEAPU8.length));
  // one more, were it not for what lies between
  expect(starts.length).toBeGreaterThanOrEqual(Math.floor(4095 / mib) - 1);
  for (const address of [...pieces, ...last]) wasm._free(address);
});

it('is put in place once', () => {
  const { _malloc } = wasm;
  guardHeap(tf.backend());
  expect(wasm._malloc).toBe(_malloc);
  expect(() => guardHeap({} as tf.KernelBackend)).not.toThrow();
});

it('knows the error of another copy of the package', () => {
  expect(isOutOfMemory(new OutOfMemoryError('x', 1))).toBe(true);
  expect(isOutOfMemory(Object.assign(new RangeError('x'), { name: 'OutOfMemoryError' }))).toBe(true);
  expect(isOutOfMemory(new RangeError('x'))).toBe(false);
});
