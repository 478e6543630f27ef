import {
  createRegistry,
  LowbitError,
  type ModelContext,
  type Quantizer,
  type Registry,
  type Role,
  type Spec,
} from '@lowbit/plugin-api';
import quantCore, { isQuantizer } from '@lowbit/quant-core';
import type { LayerQuantizers } from './plan/parts.js';

/** What a builder may be told besides its options; what is left out is as the paper has it, the seed 0. */
export type BuildContext = Partial<ModelContext>;

/** The inputs that a named model was laid out for. */
export interface Inputs {
  /** [height, width, channels] of the paper's data. */
  readonly shape: readonly number[];
  readonly classes: number;
  /** Smallest and largest height and width that make sense. */
  readonly sizes: readonly [number, number];
}

/**
 * The input's shape and the number of classes, checked.
 *
 * @param sizes the heights and widths that the model accepts
 * @throws LowbitError an input that is not an image, of another size, or not a positive number of classes
 */
export function checkedInputs(
  where: string,
  { inputShape, classes }: BuildContext,
  inputs: Inputs,
  anySize: boolean,
): { shape: readonly number[]; classes: number } {
  const shape = inputShape ?? inputs.shape;
  const count = classes ?? inputs.classes;
  const fail = (what: string, received: unknown, hint: string): never => {
    throw new LowbitError('config', { what, where, received, hint });
  };
  if (shape.length !== 3 || !shape.every(isCount)) {
    return fail('the model reads images', shape, 'give it an input shape [height, width, channels]');
  }
  const [least, most] = inputs.sizes;
  const [height, width] = shape as [number, number, number];
  if (!anySize && (Math.min(height, width) < least || Math.max(height, width) > most)) {
    const hint = `resize them, take another model, or give this one a stem of your own`;
    return fail(`the model was laid out for images of ${least} to ${most} pixels a side`, shape, hint);
  }
  if (!isCount(count))
    return fail('the number of classes must be a whole number of at least 1', count, 'see the data set');
  return { shape, classes: count };
}

function isCount(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 1;
}

/** Makes the quantizers that options name; 'float' weights and gradients and 'relu' activations have none. */
export function layerQuantizers(
  where: string,
  { weights, activations, gradients }: Readonly<Record<Role, Quantizer | Spec>>,
  registry: Registry = createRegistry([quantCore]),
): LayerQuantizers {
  const make = (given: Quantizer | Spec, role: Role): Quantizer =>
    isQuantizer(given) ? given : registry.make('quantizers', given, role, `${where} at ${role}`);
  return {
    weights: weights === 'float' ? undefined : make(weights, 'weights'),
    activations: activations === 'relu' ? undefined : make(activations, 'activations'),
    gradients: gradients === 'float' ? undefined : make(gradients, 'gradients'),
  };
}
