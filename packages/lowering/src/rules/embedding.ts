import { partsOf } from '../layer.js';
import { lowerWeights } from '../weights.js';
import { slotOf } from './convolutions.js';
import type { Rule } from './rule.js';

/** Rows of a table by whole numbers. A scale of its own for each row makes the levels `values`. */
export const embedding: Rule = (layer, [value], scope) => {
  const { embeddings, maskZero } = partsOf(layer);
  if (maskZero) throw scope.refuse('a mask, which graphs do not have', 'train the model without maskZero');
  const { parameter, scale } = lowerWeights(embeddings, slotOf(layer, 'embeddingsQuantizer'), -1);
  const x = scope.real(value!);
  return scope.add(
    'embedding',
    [x],
    {
      table: scope.parameter('embeddings', () => parameter),
      ...(scale[0] !== 1 && { scale: scope.floats('scale', [1], () => scale) }),
    },
    { shape: [...x.shape, parameter.shape[1]!] },
  );
};
