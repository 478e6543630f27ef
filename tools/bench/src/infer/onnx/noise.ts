/** The seed of all weights and inputs of peers: their speed does not depend on them, but on that none is infinite or denormal. */
export const SEED = 1;

/** `size` whole numbers from −127 to 127, the same for the same size. */
export function noise(size: number): Int8Array<ArrayBuffer> {
  const values = new Int8Array(size);
  let state = SEED;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = ((state >>> 8) % 255) - 127;
  }
  return values;
}

/** `size` float32 numbers of this variance and mean 0. */
export function floatNoise(size: number, variance: number): Float32Array<ArrayBuffer> {
  const factor = Math.sqrt(3 * variance) / 127;
  const values = new Float32Array(noise(size));
  for (let i = 0; i < size; i++) values[i]! *= factor;
  return values;
}
