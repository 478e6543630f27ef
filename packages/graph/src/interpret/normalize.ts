import { sizeOf } from '../shapes.js';
import { exp } from '../elementary.js';
import { floatInput, floatParameter, type Evaluate } from './evaluate.js';
import { floatTensor } from './tensor.js';

const { fround } = Math;

/** Over the last axis: m the largest, eᵢ = exp(fround(xᵢ − m)), s their sum in order, yᵢ = fround(eᵢ / s). */
export const softmax: Evaluate<'softmax'> = (call) => {
  const { shape, data } = floatInput(call);
  return floatTensor(
    shape,
    overRows(data, shape.at(-1)!, (row) => {
      const largest = row.reduce((a, b) => Math.max(a, b));
      const powers = row.map((x) => exp(fround(x - largest)));
      const total = sum(powers);
      return powers.map((power) => power / total);
    }),
  );
};

/**
 * Over the last axis of n values, each step rounded: mean = Σ xᵢ / n, dᵢ = xᵢ − mean, variance = Σ dᵢ² / n,
 * yᵢ = dᵢ / √(variance + epsilon) · gammaᵢ + betaᵢ; sums in order from +0, epsilon rounded to float32.
 */
export const layerNorm: Evaluate<'layerNorm'> = (call) => {
  const { shape, data } = floatInput(call);
  const width = shape.at(-1)!;
  const epsilon = fround(call.node.epsilon);
  const gamma = floatParameter(call, call.node.gamma);
  const beta = floatParameter(call, call.node.beta);
  return floatTensor(
    shape,
    overRows(data, width, (row) => {
      const mean = fround(sum(row) / width);
      const differences = row.map((x) => x - mean);
      const variance = fround(sum(differences.map((difference) => difference * difference)) / width);
      const deviation = fround(Math.sqrt(fround(variance + epsilon)));
      return differences.map((difference, k) => {
        let y = fround(difference / deviation);
        if (gamma) y = fround(y * gamma[k]!);
        return beta ? y + beta[k]! : y;
      });
    }),
  );
};

/** The mean over an axis, which goes: fround(sum / count), each sum rounded, in order from +0. */
export const mean: Evaluate<'mean'> = (call) => {
  const { shape, data } = floatInput(call);
  const { axis } = call.node;
  const count = shape[axis]!;
  const inner = sizeOf(shape.slice(axis + 1));
  const kept = shape.filter((_, other) => other !== axis);
  const means = new Float32Array(sizeOf(kept)).map((_, at) => {
    const first = Math.floor(at / inner) * count * inner + (at % inner);
    return sum(new Float32Array(count).map((_, k) => data[first + k * inner]!)) / count;
  });
  return floatTensor(kept, means);
};

/** Each row of the last axis through a function; the Float32Arrays that it makes round. */
function overRows(data: Float32Array, width: number, apply: (row: Float32Array) => Float32Array): Float32Array {
  const result = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += width) result.set(apply(data.subarray(at, at + width)), at);
  return result;
}

/** In order from +0, each sum rounded. */
function sum(values: Float32Array): number {
  return values.reduce((total, value) => fround(total + value), 0);
}
