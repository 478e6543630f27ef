// Embeddings, products of two values, recurrent layers.
import type { Operation, Parameter, ValueType } from '@lowbit/graph';
import { factorTable, integersOf, weightsOf } from '../convolution/parameters.js';
import { inTurn } from '../plan/calls.js';
import { floatsOf, sizeOf, type PlanStep, type Room } from '../plan/step.js';
import { COUNT, itemsAt } from '../threads/task.js';
import type { Kernels } from '../wasm/kernels.js';
import { decoded } from './codes.js';
import { convolve, placeAffine } from './convolutions.js';
import { UNARY } from './unary.js';

export const embedding: PlanStep<'embedding'> = ({ node, inputs, parameters }) => ({
  place: (room) => {
    const { heap, output: y } = room;
    const x = room.inputs[0]!;
    const table = parameters[node.table]!;
    const [entries, width] = table.shape as readonly [number, number];
    const size = sizeOf(inputs[0]!.shape);
    const rows = heap.put(Float32Array.from(weightsOf(table)));
    const epilogue = { scale: floatsOf(parameters, node.scale), bias: undefined };
    const finish = placeAffine(room, epilogue, size, width, y, y);
    return inTurn(lookUp(heap, node, [x, y, size, rows, entries, width]), finish);
  },
});

/** Looks rows of a table up. */
function lookUp(
  heap: Room['heap'],
  { name, inputs }: Operation<'embedding'>,
  values: Parameters<Kernels['embedding']>,
): () => void {
  const { kernels } = heap.engine;
  const [x, , size, , entries] = values;
  return () => {
    const wrong = kernels.embedding(...values);
    if (wrong < 0) return;
    const received = heap.floats(x, size)[wrong];
    throw new RangeError(
      `node '${name}' (embedding): number ${wrong} of '${inputs[0]}' is no row of its table, received ${received}; give whole numbers from 0 to ${entries - 1}`,
    );
  };
}

export const matMul: PlanStep<'matMul'> = ({ node, inputs, output }) => {
  const [a, b] = inputs as [(typeof inputs)[0], (typeof inputs)[0]];
  const [rows, depth] = a.shape.slice(-2) as [number, number];
  const columns = output.shape.at(-1)!;
  const batches = sizeOf(a.shape.slice(0, -2));
  const isWhole = integersOf(a.type) !== undefined && integersOf(b.type) !== undefined;
  const [stepK, stepN] = node.transposeB ? [1, depth] : [columns, 1];
  return {
    temporaries: inputs.map(({ type, shape }) => (type === 'float32' ? 0 : sizeOf(shape) * 4)),
    place: (room) => {
      const [left, right] = inputs.map(({ type, shape }, side) =>
        placeFactors(room, type, isWhole, sizeOf(shape), room.inputs[side]!, room.temporaries[side]!),
      ) as [Factors, Factors];
      const items = { count: rows, cost: depth * columns };
      const products = Array.from({ length: batches }, (_, batch) => {
        const first = itemsAt(left.at + batch * rows * depth * 4, depth * 4);
        const second = right.at + batch * depth * columns * 4;
        const y = itemsAt(room.output + batch * rows * columns * 4, columns * 4);
        const sides = [first, second, y] as const;
        return room.calls.over('matMul', items, [...sides, COUNT, depth, columns, stepK, stepN, Number(isWhole)]);
      });
      return inTurn(left.decode, right.decode, ...products);
    },
  };
};

/** Where numbers of 32 bits are, and what makes them of codes. */
interface Factors {
  readonly at: number;
  readonly decode?: () => void;
}

/** Codes as the numbers of 32 bits that they count as. */
function placeFactors(room: Room, type: ValueType, isWhole: boolean, size: number, from: number, to: number): Factors {
  if (type === 'float32') return { at: from };
  return { at: to, decode: decoded(room, factorTable(type, isWhole), size, from, to) };
}

/** The temporaries of a recurrent layer, in bytes. */
interface Memory {
  readonly inputs: number;
  readonly projected: number;
  readonly state: number;
  readonly product: number;
  readonly cell: number;
  readonly candidate: number;
}

export const recurrent: PlanStep<'recurrent'> = ({ node, inputs, parameters }) => {
  const { type, shape } = inputs[0]!;
  const [steps, features] = shape as readonly [number, number];
  const recurrentKernel = parameters[node.recurrentKernel]!;
  const [units, width] = recurrentKernel.shape as readonly [number, number];
  const kernel = parameters[node.kernel]!;
  const isWhole = integersOf(type) !== undefined && kernel.kind === 'codes' && 'integers' in kernel.levels;
  const isDecoded = type !== 'float32' && !isWhole;
  return {
    temporaries: [isDecoded ? steps * features * 4 : 0, steps * width * 4, units * 4, width * 4, units * 4, width * 4],
    place: (room) => {
      const { heap, output } = room;
      const [floats, projected, state, product, cell, candidate] = room.temporaries as readonly number[];
      const memory = {
        inputs: floats!,
        projected: projected!,
        state: state!,
        product: product!,
        cell: cell!,
        candidate: candidate!,
      };
      const from = isDecoded ? memory.inputs : room.inputs[0]!;
      const { decode } = placeFactors(
        room,
        isDecoded ? type : 'float32',
        false,
        steps * features,
        room.inputs[0]!,
        from,
      );
      const scale = floatsOf(parameters, node.kernelScale);
      const project = rowsBy(room, kernel, isDecoded ? 'float32' : type, steps, from, memory.projected, {
        scale,
        bias: floatsOf(parameters, node.bias),
      });
      const recurrentScale = { scale: floatsOf(parameters, node.recurrentScale) };
      const multiply = (x: number, y: number) => rowsBy(room, recurrentKernel, 'float32', 1, x, y, recurrentScale);
      const step = placeStep(heap, node, units, memory, multiply);
      const clear = [memory.state, memory.cell].map((at) => room.calls.once('fillBytes', [at, units * 4, 0]));
      return inTurn(decode, project, ...clear, goThrough(heap, node, { steps, units, width }, memory, output, step));
    },
  };
};

/** Goes from step to step, and puts the state after each of them, or the last, into the output. */
function goThrough(
  heap: Room['heap'],
  { goBackwards, returnSequences }: Operation<'recurrent'>,
  { steps, units, width }: { readonly steps: number; readonly units: number; readonly width: number },
  { projected, state }: Memory,
  output: number,
  step: (p: number) => void,
): () => void {
  return () => {
    for (let k = 0; k < steps; k++) {
      step(projected + (goBackwards ? steps - 1 - k : k) * width * 4);
      const row = returnSequences ? k : 0;
      heap.bytes(output + row * units * 4, units * 4).set(heap.bytes(state, units * 4));
    }
  };
}

/** Rows by a matrix, through a point-wise convolution. */
function rowsBy(
  room: Room,
  kernel: Parameter,
  type: ValueType,
  rows: number,
  from: number,
  to: number,
  epilogue: { readonly scale?: Float32Array | undefined; readonly bias?: Float32Array | undefined },
): () => void {
  const spec = {
    input: { type, height: 1, width: rows, channels: kernel.shape[0]! },
    output: { height: 1, width: rows },
    kernel,
    strides: [1, 1] as const,
    pads: [0, 0, 0, 0] as const,
    dilations: [1, 1] as const,
    groups: 1,
    ...epilogue,
  };
  return convolve(room, spec, from, to);
}

/** Goes a step from the projected input at an address, changing the state. */
function placeStep(
  heap: Room['heap'],
  node: Operation<'recurrent'>,
  units: number,
  { state, product, cell, candidate }: Memory,
  multiply: (x: number, y: number) => () => void,
): (p: number) => void {
  const { kernels } = heap.engine;
  const [activation, gate] = [UNARY.indexOf(node.activation), UNARY.indexOf(node.recurrentActivation)];
  const byState = multiply(state, product);
  if (node.cell === 'simple') {
    return (p) => {
      byState();
      kernels.simpleStep(p, product, state, units, activation);
    };
  }
  if (node.cell === 'lstm') {
    return (p) => {
      byState();
      kernels.lstmStep(p, product, state, cell, units, activation, gate);
    };
  }
  const byReset = multiply(cell, candidate);
  return (p) => {
    byState();
    kernels.gruReset(p, product, state, cell, units, gate);
    byReset();
    kernels.gruStep(p, product, candidate, state, units, activation, gate);
  };
}
