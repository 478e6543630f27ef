import type { GradientTransform, NamedTensors, WeightTransform } from '@lowbit/plugin-api';
import {
  clipByValue,
  minimum,
  mul,
  div,
  scalar,
  sqrt,
  square,
  stack,
  sum,
  tidy,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { checkMatches, selector } from './select.js';

/** The Euclidean norm of several tensors taken as one vector. */
export function globalNorm(tensors: readonly Tensor[]): Scalar {
  // addN binds a buffer a tensor, of which WebGPU has eight
  return tidy(() => sqrt(sum<Scalar>(stack([scalar(0), ...tensors.map((tensor) => sum(square(tensor)))]))));
}

/** Scales all gradients down together until their norm is at most `norm` (Pascanu et al., 2013, algorithm 1). */
export function clipByNorm({ norm }: { norm: number }): GradientTransform {
  return (gradients) => {
    const factor = minimum(div(norm, globalNorm(Object.values(gradients))), 1);
    return mapGradients(gradients, (gradient) => mul(gradient, factor));
  };
}

/** Clips each value of each gradient to [−value, value]. */
export function clipGradients({ value }: { value: number }): GradientTransform {
  return (gradients) => mapGradients(gradients, (gradient) => clipByValue(gradient, -value, value));
}

/** Clips weights to [−value, value] after each update, as BinaryConnect does (Courbariaux et al., 2015, section 2.4). */
export function clipWeights({ value = 1, on = 'kernels' } = {}): WeightTransform {
  const where = "weightTransform 'clip' at on";
  const selected = selector(on, where);
  let checked = false;
  return (variables) => {
    checked ||= checkMatches(on, Object.keys(variables), where);
    for (const [name, variable] of Object.entries(variables)) {
      if (selected(name)) tidy(() => variable.assign(clipByValue(variable, -value, value)));
    }
  };
}

/** Applies `change` to each gradient. */
function mapGradients(gradients: NamedTensors, change: (gradient: Tensor) => Tensor): NamedTensors {
  return Object.fromEntries(Object.entries(gradients).map(([variable, each]) => [variable, change(each)]));
}
