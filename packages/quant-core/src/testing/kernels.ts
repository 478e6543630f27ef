import * as tf from '@tensorflow/tfjs-core';

/** What `body` gives on wasm with this package's kernels, and with the compositions. */
export async function both<T>(body: () => T): Promise<[kernels: T, composition: T]> {
  const own = body();
  const { wasm } = tf.backend() as unknown as { wasm: { asm: object } };
  const { asm } = wasm;
  // without the memory nothing can run in place on it
  wasm.asm = { ...asm, memory: undefined };
  try {
    return [own, body()];
  } finally {
    wasm.asm = asm;
  }
}

/** The names of the kernels that run in `body`. */
export async function kernelNames(body: () => unknown): Promise<string[]> {
  const profile = await tf.profile(() => tf.tidy(() => void body()));
  return profile.kernels.map((kernel) => kernel.name);
}
