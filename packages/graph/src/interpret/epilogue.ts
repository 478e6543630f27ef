import type { Epilogue, OpName } from '../graph.js';
import { floatParameter, type Call } from './evaluate.js';

/**
 * y = fround(fround(fround(x) · scale) + bias), each part left out where the node does not have it. Channels are the last axis.
 */
export function applyEpilogue(
  call: Call<OpName>,
  x: Float32Array | Float64Array,
  channels: number,
  names: Epilogue,
): Float32Array {
  const scale = floatParameter(call, names.scale);
  const bias = floatParameter(call, names.bias);
  return Float32Array.from(x, (sum, at) => {
    const channel = at % channels;
    let y = Math.fround(sum);
    if (scale) y = Math.fround(y * (scale.length === 1 ? scale[0]! : scale[channel]!));
    if (bias) y = Math.fround(y + bias[channel]!);
    return y;
  });
}
