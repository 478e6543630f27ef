import { LowbitError, type NamedVariables, type NdArray } from '@lowbit/plugin-api';
import { tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';

type Layer = InstanceType<typeof layers.Layer>;

/** Values on the host, by name. */
export type NamedArrays = Readonly<Record<string, NdArray<Float32Array>>>;

/**
 * The weights of a model by the names `layer/weight`, in the order of its layers: 'stem/kernel', 'bn/moving_mean'; those of a
 * model inside it are 'inner/layer/weight'.
 *
 * @throws LowbitError ('config') two weights of the same name, as two layers of the same name make them
 */
export function namedWeights(model: LayersModel): { all: NamedVariables; trainable: NamedVariables } {
  const all: Record<string, Variable> = {};
  const trainable: Record<string, Variable> = {};
  collect(model, '', all);
  const learning = new Set(model.trainableWeights.map((weight) => weight.read()));
  for (const [name, variable] of Object.entries(all)) if (learning.has(variable)) trainable[name] = variable;
  return { all, trainable };
}

function collect(model: LayersModel, prefix: string, found: Record<string, Variable>): void {
  for (const layer of model.layers) {
    if (isModel(layer)) {
      collect(layer, `${prefix}${layer.name}/`, found);
      continue;
    }
    for (const weight of layer.weights) {
      const name = `${prefix}${layer.name}/${withinLayer(layer.name, weight.originalName)}`;
      if (name in found) {
        const hint = 'name the layers differently, weights are stored by layer/weight';
        throw new LowbitError('config', {
          what: `two weights are named '${name}'`,
          where: `model '${model.name}'`,
          hint,
        });
      }
      found[name] = weight.read() as Variable;
    }
  }
}

/** 'kernel' of 'stem/kernel', 'forward_lstm/kernel' of 'bidirectional/forward_lstm/kernel'. */
function withinLayer(layer: string, originalName: string): string {
  const at = `/${originalName}`.lastIndexOf(`/${layer}/`);
  return at < 0 ? originalName.slice(originalName.lastIndexOf('/') + 1) : originalName.slice(at + layer.length + 1);
}

/** Whether a layer is a model of layers. */
export function isModel(layer: Layer): layer is LayersModel {
  return Array.isArray((layer as Partial<LayersModel>).layers);
}

/** Copies variables to the host. */
export async function readVariables(variables: NamedVariables): Promise<NamedArrays> {
  const entries = Object.entries(variables).map(async ([name, variable]) => {
    // a copy: the cpu backend gives its own memory, which the next step may write
    const data = Float32Array.from(await variable.data<'float32'>());
    return [name, { shape: variable.shape, data }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * Loads weights that {@link namedWeights} named.
 *
 * @throws LowbitError ('config') a weight that is missing, of another shape, or not the model's; nothing is then loaded
 */
export function loadWeights(model: LayersModel, weights: NamedArrays, where = 'checkpoint'): void {
  assignWeights(namedWeights(model).all, weights, where);
}

/** Gives each of the variables its values, and throws where one of either has none of the other. */
export function assignWeights(variables: NamedVariables, weights: NamedArrays, where: string): void {
  const wrong = (what: string): never => {
    throw new LowbitError('config', { what, where, hint: 'the weights are those of another model' });
  };
  for (const [name, variable] of Object.entries(variables)) {
    const given = weights[name];
    if (!given) wrong(`weight '${name}' is missing`);
    else if (given.shape.join() !== variable.shape.join()) {
      wrong(`weight '${name}' has shape [${given.shape.join(', ')}] instead of [${variable.shape.join(', ')}]`);
    }
  }
  for (const name of Object.keys(weights)) if (!(name in variables)) wrong(`the model has no weight '${name}'`);
  for (const [name, variable] of Object.entries(variables)) {
    const { shape, data } = weights[name]!;
    tidy(() => variable.assign(tensor(data, [...shape], 'float32')));
  }
}
