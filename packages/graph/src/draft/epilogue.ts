/** y = x · scale + bias in each channel, in float64: it is rounded to float32 only when all that follows a sum has been multiplied into it. */
export interface ExactEpilogue {
  /** One value for all channels, or one for each. */
  readonly scale: Float64Array;
  readonly bias: Float64Array;
}

/** What changes nothing. */
export const IDENTITY: ExactEpilogue = { scale: Float64Array.of(1), bias: Float64Array.of(0) };

/** An epilogue of plain numbers; what is left out changes nothing. */
export function epilogue({
  scale = [1],
  bias = [0],
}: {
  scale?: ArrayLike<number>;
  bias?: ArrayLike<number>;
}): ExactEpilogue {
  return { scale: Float64Array.from(scale), bias: Float64Array.from(bias) };
}

/** First one, then the other: (x·s₁ + b₁)·s₂ + b₂ = x·s₁s₂ + (b₁s₂ + b₂). */
export function followedBy(first: ExactEpilogue, second: ExactEpilogue): ExactEpilogue {
  const scale = times(first.scale, second.scale);
  const moved = times(first.bias, second.scale);
  return { scale, bias: combined(moved, second.bias, (a, b) => a + b) };
}

/** The product of numbers by channel, of which one may stand for all. */
export function times(a: Float64Array, b: Float64Array): Float64Array {
  return combined(a, b, (x, y) => x * y);
}

/** The scale as float32, one number where that is enough; undefined where it changes nothing. */
export function roundedScale({ scale }: ExactEpilogue): Float32Array | undefined {
  const floats = Float32Array.from(scale);
  const [first] = floats;
  if (floats.some((value) => value !== first)) return floats;
  return first === 1 ? undefined : floats.slice(0, 1);
}

/** The bias as float32, one number a channel; undefined where it changes nothing. */
export function roundedBias({ bias }: ExactEpilogue, channels: number): Float32Array | undefined {
  const floats = bias.length === 1 ? new Float32Array(channels).fill(bias[0]!) : Float32Array.from(bias);
  return floats.every((value) => value === 0) ? undefined : floats;
}

function combined(a: Float64Array, b: Float64Array, op: (x: number, y: number) => number): Float64Array {
  const length = Math.max(a.length, b.length);
  const at = (values: Float64Array, i: number) => values[values.length === 1 ? 0 : i]!;
  return Float64Array.from({ length }, (_, i) => op(at(a, i), at(b, i)));
}
