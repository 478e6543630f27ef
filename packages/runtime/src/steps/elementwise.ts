import { floatsOf, sizeOf, type PlanStep, type StepSource } from '../plan/step.js';
import { placeAffine } from './convolutions.js';
import { placeCopy, stridesOf } from './copy.js';
import { UNARY } from './unary.js';

export const affine: PlanStep<'affine'> = ({ node, output, parameters }) => ({
  place: ({ heap, inputs: [x], output: y }) => {
    const channels = output.shape.at(-1)!;
    const run = placeAffine(heap, floatsOf(parameters, node.scale), floatsOf(parameters, node.bias), channels);
    return () => run(x!, y, sizeOf(output.shape) / channels);
  },
});

const OPERATIONS = ['add', 'subtract', 'multiply', 'maximum'] as const;

/** Where sizes of 1 are repeated, a copy with the repetitions is made first. */
export const combine: PlanStep<(typeof OPERATIONS)[number]> = ({ node, inputs, output }) => {
  const size = sizeOf(output.shape);
  const isRepeated = inputs.map(({ shape }) => sizeOf(shape) !== size);
  return {
    temporaries: isRepeated.map((is) => (is ? size * 4 : 0)),
    place: ({ heap, inputs: from, output: to, temporaries }) => {
      const copies = inputs.flatMap(({ shape }, side) =>
        isRepeated[side]
          ? [placeCopy(heap, 4, output.shape, repeatedStrides(shape, output.shape), from[side]!, temporaries[side]!)]
          : [],
      );
      const [a, b] = isRepeated.map((is, side) => (is ? temporaries[side]! : from[side]!)) as [number, number];
      const { kernels } = heap.engine;
      const operation = OPERATIONS.indexOf(node.op);
      return () => {
        for (const copy of copies) copy();
        kernels.combine(a, b, to, size, operation);
      };
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
    place: ({ heap, inputs: [x], output: y }) => {
      const { kernels } = heap.engine;
      const name = UNARY.indexOf(node.function);
      if (name < 0) throw new Error(`node '${node.name}': unknown function '${node.function}'; update @lowbit/runtime`);
      return () => kernels.unary(x!, y, sizeOf(output.shape), name);
    },
  };
};

export const clip: PlanStep<'clip'> = ({ node, output }) => clipped(output.shape, node.min, node.max);

function clipped(shape: readonly number[], low: number, high: number): ReturnType<PlanStep<'clip'>> {
  return {
    place: ({ heap, inputs: [x], output: y }) => {
      const { kernels } = heap.engine;
      return () => kernels.clip(x!, y, sizeOf(shape), low, high);
    },
  };
}

export const softmax: PlanStep<'softmax'> = ({ output: { shape } }) => ({
  place: ({ heap, inputs: [x], output: y }) => {
    const { kernels } = heap.engine;
    const width = shape.at(-1)!;
    return () => kernels.softmax(x!, y, sizeOf(shape) / width, width);
  },
});

export const layerNorm: PlanStep<'layerNorm'> = ({ node, output: { shape }, parameters }) => ({
  place: ({ heap, inputs: [x], output: y }) => {
    const { kernels } = heap.engine;
    const width = shape.at(-1)!;
    const [gamma, beta] = [node.gamma, node.beta].map((name) => {
      const values = floatsOf(parameters, name);
      return values ? heap.put(values) : 0;
    }) as [number, number];
    return () => kernels.layerNorm(x!, y, sizeOf(shape) / width, width, node.epsilon, gamma, beta);
  },
});

export const mean: PlanStep<'mean'> = ({ node, inputs }: StepSource<'mean'>) => ({
  place: ({ heap, inputs: [x], output: y }) => {
    const { kernels } = heap.engine;
    const { shape } = inputs[0]!;
    const [outer, inner] = [sizeOf(shape.slice(0, node.axis)), sizeOf(shape.slice(node.axis + 1))];
    return () => kernels.mean(x!, y, outer, shape[node.axis]!, inner);
  },
});
