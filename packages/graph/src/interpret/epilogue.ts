import type { Epilogue, OpName } from '../graph.js';
import { floatParameter, type Call } from './evaluate.js';

/** The epilogue of an op for all channels, which are the last axis; see {@link rescaled}. */
export function applyEpilogue(
  call: Call<OpName>,
  x: Float32Array | Float64Array,
  channels: number,
  names: Epilogue,
): Float32Array {
  const scale = floatParameter(call, names.scale);
  const bias = floatParameter(call, names.bias);
  return new Float32Array(x).map((sum, at) => {
    const channel = at % channels;
    return rescaled(sum, scale?.length === 1 ? scale[0] : scale?.[channel], bias?.[channel]);
  });
}

/** fround(fround(fround(x) · scale) + bias), without the step whose number is not given. */
export function rescaled(x: number, scale: number | undefined, bias: number | undefined): number {
  let y = Math.fround(x);
  if (scale !== undefined) y = Math.fround(y * scale);
  if (bias !== undefined) y = Math.fround(y + bias);
  return y;
}
