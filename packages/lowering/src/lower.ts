import { inferValues, type Graph } from '@lowbit/graph';
import { LowbitError } from '@lowbit/plugin-api';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { Draft } from './draft.js';
import { foldPads } from './fold-pads.js';
import { exampleShape } from './layer.js';
import { lowersItself } from './lowers-itself.js';
import { normalizeInput } from './normalize.js';
import { checkOptions, type CheckedOptions, type LoweringOptions } from './options.js';
import type { Rule } from './rules/rule.js';
import { RULES } from './rules/table.js';
import { LayerScope } from './scope.js';
import { walk, type Visit } from './walk.js';
import type { LoweredValue } from './draft.js';

/**
 * The deployable graph of a trained model, at the bits of its quantizers or, inside of `withPrecision`, at those of the scope.
 *
 * Weights become the codes of their quantizers, and where their levels are multiples of a scale, whole numbers; quantizers of activations
 * become thresholds, found by bisection with the quantizers themselves. A batch normalization goes into the convolution or dense layer that
 * it is the only reader of, which keeps its name. Nodes and parameters are named by the layers' paths.
 *
 * The graph computes what `model.predict` does up to the rounding of float32: scales are multiplied in another order. An activation so near to a
 * threshold that this rounding decides may have the code beside.
 *
 * @param model a built model, which stays as it is
 * @throws LowbitError ('unsupported') a layer that cannot be lowered: which, why, and what to do; a shape with an unknown size besides the
 *   batch; ('config') a bad option; ('data') few-bit weights with NaN or an infinity
 */
export function lower(model: LayersModel, options: LoweringOptions = {}): Graph {
  const checked = checkOptions(options);
  const draft = new Draft();
  const inputs = model.inputs.map((input) => {
    const { name } = input.sourceLayer;
    const shape = exampleShape(input);
    if (shape) return draft.input(name, shape);
    throw unknownSize(`input '${name}'`, input.shape);
  });
  const { normalize } = checked;
  if (normalize && inputs.length !== 1) {
    throw new LowbitError('config', {
      what: 'a model of several inputs',
      where: 'lower at normalize',
      received: inputs.map(({ name }) => name),
    });
  }
  const prepared = normalize ? [normalizeInput(draft, inputs[0]!, normalize)] : inputs;
  const outputs = walk(model, prepared, visitor(draft, checked));
  const graph = foldPads(
    draft.finish(
      outputs.map((value) => draft.real(value)),
      checked.metadata,
    ),
  );
  inferValues(graph);
  return graph;
}

function visitor(draft: Draft, options: CheckedOptions): Visit<LoweredValue> {
  return (layer, path, inputs, outputs) => {
    const className = layer.getClassName();
    const rule: Rule | undefined = lowersItself(layer)
      ? (_layer, ...args) => layer.lowerItself(...args)
      : RULES.get(className);
    if (!rule) throw noRule(path, className);
    const shape = exampleShape(outputs[0]!);
    if (!shape) throw unknownSize(`layer '${path}' (${className})`, outputs[0]!.shape);
    return [rule(layer, inputs, new LayerScope(draft, path, className, options, shape))].flat();
  };
}

function noRule(path: string, className: string): LowbitError {
  return new LowbitError('unsupported', {
    what: 'a layer of a class that cannot be lowered',
    where: `layer '${path}'`,
    received: className,
    hint: 'give the layer a method lowerItself(inputs, scope), or take another',
  });
}

function unknownSize(where: string, received: readonly (number | null)[]): LowbitError {
  const hint = 'build the model with an inputShape of known sizes';
  return new LowbitError('unsupported', { what: 'a size besides the batch that is not known', where, received, hint });
}
