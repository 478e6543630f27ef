import { engine, variableGrads, type Scalar, type Tensor, type Variable } from '@tensorflow/tfjs-core';

/** What of the record of operations that TF.js keeps for a gradient is used. It is internal to TF.js 4.x. */
interface TapeNode {
  gradient?: (dys: (Tensor | null)[]) => Record<string, () => Tensor>;
  saved?: Tensor[];
}

interface TapeState {
  activeTape?: TapeNode[] | null;
  readonly gradientDepth?: number;
}

/**
 * `variableGrads`, with what each operation kept for its gradient, and the gradient at its output, freed as soon as the walk back has
 * passed it: TF.js itself holds all of them until the end, which doubles the memory of a step, and for good where an error ends it.
 * Where TF.js's record is not as expected, plain `variableGrads`.
 */
export function frugalVariableGrads(
  loss: () => Scalar,
  variables: Variable[],
): { value: Scalar; grads: Record<string, Tensor> } {
  const state = engine().state as TapeState;
  try {
    return variableGrads(() => {
      const value = loss();
      // inside of another gradient the record is still needed
      if (Array.isArray(state.activeTape) && state.gradientDepth === 1) freeOnTheWay(state.activeTape);
      return value;
    }, variables);
  } catch (error) {
    if (Array.isArray(state.activeTape) && state.gradientDepth === 0) {
      for (const { saved = [] } of state.activeTape) for (const tensor of saved) tensor.dispose();
      state.activeTape = null;
    }
    throw error;
  }
}

function freeOnTheWay(tape: readonly TapeNode[]): void {
  // an operation may give the gradient that it is given on as it is, and to more than one of its inputs
  const owners = new Map<Tensor, number>();
  const take = (gradient: Tensor): Tensor => {
    owners.set(gradient, (owners.get(gradient) ?? 0) + 1);
    return gradient;
  };
  const release = (gradient: Tensor): void => {
    const others = (owners.get(gradient) ?? 1) - 1;
    owners.set(gradient, others);
    if (others === 0) gradient.dispose();
  };
  let freePrevious = (): void => undefined;
  for (const node of tape) {
    const { gradient } = node;
    if (!gradient) continue;
    node.gradient = (dys) => {
      freePrevious();
      freePrevious = () => {
        for (const tensor of node.saved ?? []) tensor.dispose();
        for (const dy of dys) if (dy) release(dy);
      };
      const derivatives = Object.entries(gradient(dys));
      return Object.fromEntries(derivatives.map(([input, derive]) => [input, () => take(derive())]));
    };
  }
}
