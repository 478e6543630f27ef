import { LowbitError } from '@lowbit/plugin-api';
import { sizeOf } from '../shapes.js';
import { applyEpilogue } from './epilogue.js';
import { floatInput, parameterOf, type Evaluate } from './evaluate.js';
import { factorsOf, rowsByMatrix, sumsOf, weightFactors } from './factors.js';
import { floatTensor } from './tensor.js';

/** y[…, u] = Σ x̃[…, k] · w̃[k, u] in the order of k; see {@link sumsOf} for rounding; then the epilogue. */
export const dense: Evaluate<'dense'> = (call) => {
  const { node, inputs } = call;
  const x = inputs[0]!;
  const kernel = parameterOf(call, node.kernel);
  const units = kernel.shape[1]!;
  const sums = rowsByMatrix(factorsOf(x), sizeOf(x.shape.slice(0, -1)), weightFactors(kernel), kernel.shape);
  return floatTensor([...x.shape.slice(0, -1), units], applyEpilogue(call, sums, units, node));
};

/**
 * y[…, m, n] = Σ ã[…, m, k] · b̃[…, k, n], or of b̃[…, n, k], in the order of k; see {@link sumsOf} for rounding. The
 * leading axes are the same.
 */
export const matMul: Evaluate<'matMul'> = ({ node, inputs }) => {
  const [a, b] = inputs as readonly [(typeof inputs)[0], (typeof inputs)[0]];
  const [rows, depth] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(node.transposeB ? -2 : -1)!;
  const batches = sizeOf(a.shape.slice(0, -2));
  const sums = sumsOf(batches * rows * columns, factorsOf(a), factorsOf(b));
  for (let batch = 0; batch < batches; batch++)
    for (let row = 0; row < rows; row++)
      for (let k = 0; k < depth; k++) {
        const first = batch * depth * columns + (node.transposeB ? k : k * columns);
        const at = (batch * rows + row) * columns;
        sums.add(at, (batch * rows + row) * depth + k, first, columns, node.transposeB ? depth : 1);
      }
  return floatTensor([...a.shape.slice(0, -1), columns], new Float32Array(sums.data));
};

/**
 * y[…, :] = table[x[…], :], codes as their integers or values, then fround(y · scale) where there is one, of shape [1] or
 * [width].
 * @throws LowbitError `data`: what is no whole number, or no row of the table
 */
export const embedding: Evaluate<'embedding'> = (call) => {
  const { node } = call;
  const x = floatInput(call);
  const table = parameterOf(call, node.table);
  const [entries, width] = table.shape as readonly [number, number];
  const { data } = weightFactors(table);
  const rows = new Float32Array(x.data.length * width);
  x.data.forEach((entry, at) => {
    if (!Number.isInteger(entry) || entry < 0 || entry >= entries) {
      throw new LowbitError('data', {
        what: `no row of a table of ${entries}`,
        where: `node '${node.name}' (embedding), '${node.inputs[0]}'[${at}]`,
        received: entry,
        hint: `give whole numbers from 0 to ${entries - 1}`,
      });
    }
    for (let k = 0; k < width; k++) rows[at * width + k] = data[entry * width + k]!;
  });
  return floatTensor([...x.shape, width], applyEpilogue(call, rows, width, { scale: node.scale }));
};
