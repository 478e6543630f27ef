import { LowbitError } from '@lowbit/plugin-api';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** One batch of what a model reads, one tensor for each of its inputs. Stays the caller's to dispose. */
export type Batch = Tensor | readonly Tensor[];

/** Batches one after another. */
export type BatchSequence = Iterable<Batch> | AsyncIterable<Batch>;

/** Batches to look at: a list, a generator, or a function that makes one. What passes over them more than once says so. */
export type Batches = BatchSequence | (() => BatchSequence);

/**
 * Gives each batch to `look`.
 *
 * @returns their number
 * @throws LowbitError ('data') no batch, or one of another shape than `model` reads
 */
export async function eachBatch(
  model: LayersModel,
  batches: Batches,
  where: string,
  look: (x: Tensor | Tensor[]) => void,
): Promise<number> {
  let count = 0;
  for await (const batch of typeof batches === 'function' ? batches() : batches) {
    look(checked(model, batch, `${where}, batch ${count}`));
    count++;
  }
  if (count > 0) return count;
  throw new LowbitError('data', {
    what: 'there are no batches to look at',
    where,
    hint: 'give some hundred examples; where they are passed over more than once, a list or a function, as a generator ends',
  });
}

function checked(model: LayersModel, batch: Batch, where: string): Tensor | Tensor[] {
  const tensors = [batch].flat() as Tensor[];
  const shapes = model.inputs.map(({ shape }) => shape);
  const fits =
    tensors.length === shapes.length &&
    shapes.every((shape, i) => {
      const given = tensors[i]!.shape;
      return given.length === shape.length && shape.every((size, axis) => size === null || size === given[axis]);
    });
  if (fits) return tensors.length === 1 ? tensors[0]! : tensors;
  throw new LowbitError('data', {
    what: `the model reads ${shapes.map(shown).join(' and ')}`,
    where,
    received: tensors.map(({ shape }) => shown(shape)).join(' and ') || 'nothing',
    hint: 'take data like what the model was trained on, prepared in the same way',
  });
}

function shown(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? 'n').join(', ')}]`;
}
