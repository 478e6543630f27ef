import type { Recurrence, Value } from '../graph.js';
import { sameShape } from '../shapes.js';
import { UNARY_FUNCTIONS } from './elementwise.js';
import { choice, flag, optionalParameter, parameter } from './fields.js';
import type { OpRules } from './rule.js';

const GATES: Readonly<Record<Recurrence['cell'], number>> = { lstm: 4, gru: 3, simple: 1 };
const activation = choice([...UNARY_FUNCTIONS, 'linear']);

/** Tables, products of two values, recurrent layers. */
export const sequence: OpRules<'embedding' | 'matMul' | 'recurrent'> = {
  embedding: {
    inputs: 1,
    attributes: { table: parameter, scale: optionalParameter },
    infer(node, check) {
      check.floats();
      const table = check.shaped('table', node.table, [undefined, undefined], '[entries, width]');
      const width = table.shape[1]!;
      if (node.scale !== undefined && table.kind === 'float32')
        check.fail('a scale belongs to a table of codes', node.scale, 'multiply the table by it, and leave it out');
      check.vector('scale', node.scale, [width], [1]);
      return { shape: [...check.x.shape, width], type: 'float32' };
    },
  },
  matMul: {
    inputs: 2,
    attributes: { transposeB: flag(false) },
    infer({ transposeB }, check) {
      const [a, b] = check.inputs as [Value, Value];
      if (a.shape.length < 2 || b.shape.length < 2)
        check.fail('its inputs must have at least two axes', [a.shape, b.shape]);
      const [rows, inner] = a.shape.slice(-2) as [number, number];
      const [left, right] = b.shape.slice(-2) as [number, number];
      const leading = a.shape.slice(0, -2);
      if (!sameShape(leading, b.shape.slice(0, -2)) || inner !== (transposeB ? right : left))
        check.fail(`the shapes of its inputs do not fit each other (transposeB ${transposeB})`, [a.shape, b.shape]);
      check.exactSums(inner, a.type, b.type);
      return { shape: [...leading, rows, transposeB ? left : right], type: 'float32' };
    },
  },
  recurrent: {
    inputs: 1,
    attributes: {
      cell: choice(['lstm', 'gru', 'simple']),
      kernel: parameter,
      kernelScale: optionalParameter,
      recurrentKernel: parameter,
      recurrentScale: optionalParameter,
      bias: optionalParameter,
      activation,
      recurrentActivation: activation,
      returnSequences: flag(),
      goBackwards: flag(false),
    },
    infer(node, check) {
      const { shape, type } = check.x;
      if (shape.length !== 2) check.fail('its input must be [steps, features]', shape, 'put a reshape before it');
      const [steps, features] = shape as [number, number];
      const gates = GATES[node.cell];
      const axes = '[units, gates · units]';
      const recurrent = check.shaped('recurrentKernel', node.recurrentKernel, [undefined, undefined], axes);
      const units = recurrent.shape[0]!;
      const all = gates * units;
      check.shaped('recurrentKernel', node.recurrentKernel, [units, all], axes);
      const kernel = check.shaped('kernel', node.kernel, [features, all], '[features, gates · units]');
      check.exactSums(features, type, kernel);
      check.vector('kernelScale', node.kernelScale, [all], [1]);
      check.vector('recurrentScale', node.recurrentScale, [all], [1]);
      check.vector('bias', node.bias, [all]);
      return { shape: node.returnSequences ? [steps, units] : [units], type: 'float32' };
    },
  },
};
