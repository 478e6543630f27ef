import type { Pair } from '../graph.js';
import { stridedSize } from '../shapes.js';
import { MAX_OFFSET, offsets, pair, parameter } from './fields.js';
import type { NodeCheck } from './node-check.js';
import type { OpRules } from './rule.js';

/** Each channel moved. */
export const shift: OpRules<'shift' | 'activeShift'> = {
  shift: {
    inputs: 1,
    attributes: { offsets, strides: pair([1, 1]) },
    infer(node, check) {
      const [, , channels] = check.image();
      if (node.offsets.length !== channels)
        check.fail(`it must have an offset for each of ${channels} channels`, node.offsets.length);
      check.zero();
      return { shape: strided(check, node.strides), type: check.x.type };
    },
  },
  activeShift: {
    inputs: 1,
    attributes: { offsets: parameter, strides: pair([1, 1]) },
    infer(node, check) {
      check.floats();
      const [, , channels] = check.image();
      const { data } = check.vector('offsets', node.offsets, [2, channels])!;
      check.once(data, () => {
        const wrong = data.find((offset) => !(Math.abs(offset) <= MAX_OFFSET));
        if (wrong !== undefined)
          check.fail(`its offsets, parameter '${node.offsets}', must be from ${-MAX_OFFSET} to ${MAX_OFFSET}`, wrong);
      });
      return { shape: strided(check, node.strides), type: 'float32' };
    },
  },
};

function strided(check: NodeCheck, strides: Pair): readonly number[] {
  const [height, width, channels] = check.image();
  return check.imageResult(stridedSize(height, strides[0]), stridedSize(width, strides[1]), channels);
}
