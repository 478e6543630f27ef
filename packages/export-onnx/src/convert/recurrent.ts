import type { Operation, Recurrence, UnaryFunction } from '@lowbit/graph';
import { float, type AttributeValue } from '../attributes.js';
import { floats, int64s } from '../tensors.js';
import { permute, reshaped, weightsOf, type Weights } from '../weights.js';
import type { Writer } from '../writer.js';
import type { Converters } from './converters.js';

/** Each cell in ONNX: its op, and the gates of `tf.layers` in ONNX's order. */
const CELLS = {
  // i f c o become i o f c
  lstm: { opType: 'LSTM', gates: [0, 3, 1, 2] },
  gru: { opType: 'GRU', gates: [0, 1, 2] },
  simple: { opType: 'RNN', gates: [0] },
} as const satisfies Record<Recurrence['cell'], object>;

interface Activation {
  readonly name: string;
  readonly alpha?: number;
  readonly beta?: number;
}

/** ONNX's names of activations, and the parameters of those that have any. */
const ACTIVATIONS: Readonly<Partial<Record<UnaryFunction | 'linear', Activation>>> = {
  relu: { name: 'Relu' },
  sigmoid: { name: 'Sigmoid' },
  hardSigmoid: { name: 'HardSigmoid', alpha: 0.2, beta: 0.5 },
  tanh: { name: 'Tanh' },
  elu: { name: 'Elu', alpha: 1 },
  softplus: { name: 'Softplus' },
  linear: { name: 'Affine', alpha: 1, beta: 0 },
};

/** Recurrent layers. */
export const recurrent: Pick<Converters, 'recurrent'> = {
  recurrent(writer, node) {
    const { opType, gates } = CELLS[node.cell];
    const [x] = node.inputs as [string];
    const steps = writer.transpose(writer.read(x, 'last'), [1, 0, 2]);
    const units = writer.value(node.name).shape.at(-1)!;
    const inputs = [
      node.goBackwards ? reversed(writer, steps) : steps,
      gateWeights(writer, node, node.kernel, node.kernelScale, writer.unit(x)),
      gateWeights(writer, node, node.recurrentKernel, node.recurrentScale, 1),
    ];
    if (node.bias !== undefined) {
      // ONNX has one for the input and one for the state
      const data = inOrder({ data: writer.floats(node.bias), dims: [gates.length * units] }, gates).data;
      inputs.push(writer.constant(node.bias, floats([...data, ...data.map(() => 0)], [1, 2 * data.length])));
    }
    const all = writer.add(opType, inputs, { hidden_size: units, ...activations(writer, node) });
    const last = writer.output('last');
    const squeezed = (y: string, axis: number) => writer.add('Squeeze', [y, writer.local('direction', int64s([axis]))]);
    return [node.returnSequences ? writer.transpose(squeezed(all, 1), [1, 0, 2]) : squeezed(last, 0), 'last'];
  },
};

/** The steps from the last to the first. */
function reversed(writer: Writer, steps: string): string {
  const bounds = { starts: [-1], ends: [-(2 ** 31)], axes: [0], steps: [-1] };
  return writer.add('Slice', [
    steps,
    ...Object.entries(bounds).map(([name, list]) => writer.local(name, int64s(list))),
  ]);
}

/** A kernel [from, gates · units] as ONNX's [1, gates · units, from]. */
function gateWeights(
  writer: Writer,
  node: Operation<'recurrent'>,
  name: string,
  scaleName: string | undefined,
  unit: number,
): string {
  const { gates } = CELLS[node.cell];
  const scale = scaleName === undefined ? Float32Array.of(1) : writer.floats(scaleName);
  const ordered = scale.length === 1 ? scale : inOrder({ data: scale, dims: [scale.length] }, gates).data;
  const kernel = inOrder(permute(weightsOf(writer.graph.parameters[name]!), [1, 0]), gates);
  const weights = writer.dialect.weights(writer, {
    name,
    weights: reshaped(kernel, [1, ...kernel.dims]),
    axis: 1,
    factors: [...ordered].map((factor) => factor / unit),
    by: 'reals',
  });
  if (weights.factors.every((factor) => factor === 1)) return weights.name;
  const scaleDims = weights.factors.length === 1 ? [1] : [weights.factors.length, 1];
  return writer.add('Mul', [weights.name, writer.factors(scaleName, floats(weights.factors, scaleDims))]);
}

/** The gates, which are parts of the first axis, in another order. */
function inOrder(weights: Weights, gates: readonly number[]): Weights {
  const part = weights.data.length / gates.length;
  const data = new Float32Array(weights.data.length);
  gates.forEach((gate, i) => data.set(weights.data.subarray(gate * part, (gate + 1) * part), i * part));
  return { ...weights, data };
}

/** The functions of one direction: of the gates, the cell and the output. */
function activations(writer: Writer, node: Operation<'recurrent'>): Readonly<Record<string, AttributeValue>> {
  const { cell, activation, recurrentActivation } = node;
  const functions = { lstm: [recurrentActivation, activation, activation], gru: [recurrentActivation, activation] };
  const named = (cell === 'simple' ? [activation] : functions[cell]).map(
    (name) =>
      ACTIVATIONS[name] ??
      writer.unsupported(node, 'the recurrent layers of ONNX lack an activation', name, ACTIVATIONS_KNOWN),
  );
  const [alpha, beta] = (['alpha', 'beta'] as const).map((key) => named.flatMap((known) => known[key] ?? []));
  return {
    activations: named.map(({ name }) => name),
    ...(alpha!.length > 0 ? { activation_alpha: float(alpha!) } : {}),
    ...(beta!.length > 0 ? { activation_beta: float(beta!) } : {}),
  };
}

const ACTIVATIONS_KNOWN = `it has ${Object.keys(ACTIVATIONS).join(', ')}`;
