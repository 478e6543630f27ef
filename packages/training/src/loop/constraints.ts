import type { WeightTransform } from '@lowbit/plugin-api';
import { weightConstraints } from '@lowbit/quant-core';
import { tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Sets a model's weights to where its layers and quantizers want them; after all that a stage does to them. */
export function constraintsOf(model: LayersModel): WeightTransform {
  const constraints = Object.entries(weightConstraints(model));
  return (variables) => {
    for (const [name, constraint] of constraints) {
      const variable = variables[name];
      if (variable) tidy(() => variable.assign(constraint(variable)));
    }
  };
}
