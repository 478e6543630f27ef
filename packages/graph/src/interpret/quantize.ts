import { floatInput, floatParameter, type Evaluate } from './evaluate.js';
import { dequantized } from './tensor.js';

/** The number of thresholds t with x ≥ t, as a code. NaN is not above any: code 0. */
export const quantize: Evaluate<'quantize'> = (call) => {
  const { shape, data } = floatInput(call);
  const thresholds = floatParameter(call, call.node.thresholds);
  const codeOf = (x: number) => thresholds.reduce((code, threshold) => (x >= threshold ? code + 1 : code), 0);
  return { shape, type: call.node.levels, data: Uint8Array.from(data, codeOf) };
};

/** fround(scale · integers[code]), or values[code]. */
export const dequantize: Evaluate<'dequantize'> = ({ inputs }) => dequantized(inputs[0]!);
