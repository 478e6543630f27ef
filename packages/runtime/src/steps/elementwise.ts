import { inTurn } from '../plan/calls.js';
import { floatsOf, sizeOf, type PlanStep, type StepSource } from '../plan/step.js';
import { COUNT, itemsAt } from '../threads/task.js';
import { placeAffine } from './convolutions.js';
import { placeCopy, stridesOf } from './copy.js';
import { UNARY } from './unary.js';

export const affine: PlanStep<'affine'> = ({ node, output, parameters }) => ({
  place: (room) => {
    const channels = output.shape.at(-1)!;
    const epilogue = { scale: floatsOf(parameters, node.scale), bias: floatsOf(parameters, node.bias) };
    return placeAffine(room, epilogue, sizeOf(output.shape) / channels, channels, room.inputs[0]!, room.output);
  },
});

const OPERATIONS = ['add', 'subtract', 'multiply', 'maximum'] as const;

/** Where sizes of 1 are repeated, a copy with the repetitions is made first. */
export const combine: PlanStep<(typeof OPERATIONS)[number]> = ({ node, inputs, output }) => {
  const size = sizeOf(output.shape);
  const isRepeated = inputs.map(({ shape }) => sizeOf(shape) !== size);
  return {
    temporaries: isRepeated.map((is) => (is ? size * 4 : 0)),
    place: ({ heap, calls, inputs: from, output: to, temporaries }) => {
      const copies = inputs.flatMap(({ shape }, side) =>
        isRepeated[side]
          ? [placeCopy(heap, 4, output.shape, repeatedStrides(shape, output.shape), from[side]!, temporaries[side]!)]
          : [],
      );
      const [a, b] = isRepeated.map((is, side) => (is ? temporaries[side]! : from[side]!)) as [number, number];
      const operands = [itemsAt(a, 4), itemsAt(b, 4), itemsAt(to, 4)] as const;
      const items = { count: size, cost: 0.4, multiple: 16 };
      return inTurn(...copies, calls.over('combine', items, [...operands, COUNT, OPERATIONS.indexOf(node.op)]));
    },
  };
};

/** Steps in a value along the axes of a shape to which it is repeated. */
function repeatedStrides(shape: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(shape);
  const missing = to.length - shape.length;
  return to.map((_, axis) => (axis < missing || shape[axis - missing] === 1 ? 0 : own[axis - missing]!));
}

export const unary: PlanStep<'unary'> = ({ node, output }) => {
  if (node.function === 'relu') return clipped(output.shape, 0, Infinity);
  if (node.function === 'relu6') return clipped(output.shape, 0, 6);
  return {
    place: ({ calls, inputs: [x], output: y }) => {
      const name = UNARY.indexOf(node.function);
      if (name < 0) throw new Error(`node '${node.name}': unknown function '${node.function}'; update @lowbit/runtime`);
      const items = { count: sizeOf(output.shape), cost: 5 };
      return calls.over('unary', items, [itemsAt(x!, 4), itemsAt(y, 4), COUNT, name]);
    },
  };
};

export const clip: PlanStep<'clip'> = ({ node, output }) => clipped(output.shape, node.min, node.max);

function clipped(shape: readonly number[], low: number, high: number): ReturnType<PlanStep<'clip'>> {
  return {
    place: ({ calls, inputs: [x], output: y }) => {
      const items = { count: sizeOf(shape), cost: 0.3, multiple: 16 };
      return calls.over('clip', items, [itemsAt(x!, 4), itemsAt(y, 4), COUNT, low, high]);
    },
  };
}

export const softmax: PlanStep<'softmax'> = ({ output: { shape } }) => ({
  place: ({ calls, inputs: [x], output: y }) => {
    const width = shape.at(-1)!;
    const items = { count: sizeOf(shape) / width, cost: width * 8 };
    return calls.over('softmax', items, [itemsAt(x!, width * 4), itemsAt(y, width * 4), COUNT, width]);
  },
});

export const layerNorm: PlanStep<'layerNorm'> = ({ node, output: { shape }, parameters }) => ({
  place: ({ heap, calls, inputs: [x], output: y }) => {
    const width = shape.at(-1)!;
    const [gamma, beta] = [node.gamma, node.beta].map((name) => {
      const values = floatsOf(parameters, name);
      return values ? heap.put(values) : 0;
    }) as [number, number];
    const items = { count: sizeOf(shape) / width, cost: width * 4 };
    const rows = [itemsAt(x!, width * 4), itemsAt(y, width * 4)] as const;
    return calls.over('layerNorm', items, [...rows, COUNT, width, node.epsilon, gamma, beta]);
  },
});

export const mean: PlanStep<'mean'> = ({ node, inputs }: StepSource<'mean'>) => ({
  place: ({ calls, inputs: [x], output: y }) => {
    const { shape } = inputs[0]!;
    const [outer, inner] = [sizeOf(shape.slice(0, node.axis)), sizeOf(shape.slice(node.axis + 1))];
    const count = shape[node.axis]!;
    const items = { count: outer, cost: count * inner };
    return calls.over('mean', items, [itemsAt(x!, count * inner * 4), itemsAt(y, inner * 4), COUNT, count, inner]);
  },
});
