import { memory } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Runs `body` and expects it to leave as many tensors as it found. */
export async function leavesNoTensors<T>(body: () => T | Promise<T>): Promise<T> {
  const before = memory().numTensors;
  const result = await body();
  expect(memory().numTensors, 'tensors left behind').toBe(before);
  return result;
}
