const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The largest float32 that is finite. */
export const LARGEST = 2 ** 128 - 2 ** 104;

/** A whole number for each finite float32, in their order; one for 0 and −0. */
export function keyOf(value: number): number {
  float[0] = value;
  const pattern = bits[0]!;
  return pattern >= 0 ? pattern : 0 - (pattern & 0x7fffffff);
}

/** The float32 of a key. */
export function floatOf(key: number): number {
  bits[0] = key >= 0 ? key : -key | 0x80000000;
  return float[0]!;
}
