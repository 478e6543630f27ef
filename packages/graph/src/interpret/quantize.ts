import { floatInput, floatParameter, type Evaluate } from './evaluate.js';
import { dequantized } from './tensor.js';

/** The number of thresholds t with x ≥ t, as a code. NaN is not above any: code 0. */
export const quantize: Evaluate<'quantize'> = (call) => {
  const { shape, data } = floatInput(call);
  const thresholds = floatParameter(call, call.node.thresholds);
  const codes = new Uint8Array(data.length);
  data.forEach((x, at) => {
    for (const threshold of thresholds) if (x >= threshold) codes[at]!++;
  });
  return { shape, type: call.node.levels, data: codes };
};

/** fround(scale · integers[code]), or values[code]. */
export const dequantize: Evaluate<'dequantize'> = ({ inputs }) => dequantized(inputs[0]!);
