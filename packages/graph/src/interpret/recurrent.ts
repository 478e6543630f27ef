import type { Parameter, Recurrence } from '../graph.js';
import { applyEpilogue } from './epilogue.js';
import { parameterOf, type Evaluate } from './evaluate.js';
import { factorsOf, rowsByMatrix, weightFactors } from './factors.js';
import { floatTensor } from './tensor.js';
import { unaryFunctions } from './unary.js';

const { fround } = Math;

/**
 * LSTM, GRU or simple RNN, from a state of zeros. First, for all steps, p = x̃ · K̃ with the epilogue of `kernelScale` and
 * `bias`; then for each step q = h · R̃ with the epilogue of `recurrentScale` (products and sums as in dense), and with σ
 * the recurrent activation, φ the activation, each operation rounded:
 *
 * - simple: h ← φ(p + q)
 * - lstm: [i, f, o] = σ(p + q), g = φ(p_c + q_c), c ← f · c + i · g, h ← o · φ(c)
 * - gru: [z, r] = σ(p + q), g = φ(p_h + (r · h) · R̃_h), h ← z · h + (1 − z) · g
 *
 * With `goBackwards` the last step comes first, also among the results, as in `tf.layers`.
 */
export const recurrent: Evaluate<'recurrent'> = (call) => {
  const { node, inputs } = call;
  const x = inputs[0]!;
  const steps = x.shape[0]!;
  const kernel = parameterOf(call, node.kernel);
  const recurrentKernel = parameterOf(call, node.recurrentKernel);
  const [units, width] = recurrentKernel.shape as readonly [number, number];
  const project = projection(recurrentKernel, (sums) =>
    applyEpilogue(call, sums, width, { scale: node.recurrentScale }),
  );
  const projected = applyEpilogue(call, rowsByMatrix(factorsOf(x), steps, weightFactors(kernel), kernel.shape), width, {
    scale: node.kernelScale,
    bias: node.bias,
  });

  const step = CELLS[node.cell](units, project, activation(node.activation), activation(node.recurrentActivation));
  const all = new Float32Array(steps * units);
  for (let k = 0; k < steps; k++) {
    const from = (node.goBackwards ? steps - 1 - k : k) * width;
    all.set(step(projected.subarray(from, from + width)), k * units);
  }
  return node.returnSequences ? floatTensor([steps, units], all) : floatTensor([units], all.slice((steps - 1) * units));
};

type Activation = (x: number) => number;

/** A state times the recurrent kernel. */
type Projection = (state: Float32Array) => Float32Array;

/** Goes a step: from the projected input to the new output, keeping the state. */
type Step = (p: Float32Array) => Float32Array;

type Cell = (units: number, project: Projection, activate: Activation, gate: Activation) => Step;

const CELLS: { readonly [cell in Recurrence['cell']]: Cell } = { simple, lstm, gru };

function simple(units: number, project: Projection, activate: Activation): Step {
  let h = new Float32Array(units);
  return (p) => {
    const q = project(h);
    h = h.map((_, u) => activate(fround(p[u]! + q[u]!)));
    return h;
  };
}

function lstm(units: number, project: Projection, activate: Activation, gate: Activation): Step {
  let h = new Float32Array(units);
  let c = new Float32Array(units);
  return (p) => {
    const q = project(h);
    const z = (k: number, u: number) => fround(p[k * units + u]! + q[k * units + u]!);
    c = c.map((before, u) => fround(gate(z(1, u)) * before) + fround(gate(z(0, u)) * activate(z(2, u))));
    h = c.map((cell, u) => gate(z(3, u)) * activate(cell));
    return h;
  };
}

function gru(units: number, project: Projection, activate: Activation, gate: Activation): Step {
  let h = new Float32Array(units);
  return (p) => {
    const q = project(h);
    const z = (k: number, u: number) => gate(fround(p[k * units + u]! + q[k * units + u]!));
    const candidate = project(h.map((before, u) => z(1, u) * before));
    h = h.map((before, u) => {
      const g = activate(fround(p[2 * units + u]! + candidate[2 * units + u]!));
      return fround(z(0, u) * before) + fround(fround(1 - z(0, u)) * g);
    });
    return h;
  };
}

function projection(kernel: Parameter, epilogue: (sums: Float32Array | Float64Array) => Float32Array): Projection {
  const weights = weightFactors(kernel);
  return (state) => epilogue(rowsByMatrix({ whole: false, data: state }, 1, weights, kernel.shape));
}

function activation(name: Recurrence['activation']): Activation {
  return name === 'linear' ? (x) => x : unaryFunctions[name];
}
