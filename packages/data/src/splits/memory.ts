import { checkIndices, type LabelledSplit } from './split.js';

/**
 * A split that sits in memory.
 *
 * @param values the examples one after another, each of `shape`
 * @param labels one class index per example
 * @throws RangeError when the lengths do not agree
 */
export function memorySplit(values: Uint8Array, shape: readonly number[], labels: Uint8Array): LabelledSplit {
  const length = shape.reduce((product, side) => product * side, 1);
  if (values.length !== labels.length * length) {
    throw new RangeError(`${labels.length} examples of [${shape.join(', ')}] do not make ${values.length} values`);
  }
  return {
    size: labels.length,
    labels,
    read: async (indices) => {
      checkIndices(indices, labels.length);
      const data = new Uint8Array(indices.length * length);
      indices.forEach((index, i) => data.set(values.subarray(index * length, (index + 1) * length), i * length));
      const targets = Int32Array.from(indices, (index) => labels[index]!);
      return {
        inputs: { shape: [indices.length, ...shape], data },
        targets: { shape: [indices.length], data: targets },
      };
    },
  };
}
