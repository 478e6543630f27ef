import type { Pair, ValueType, WindowAttributes } from '../graph.js';
import { isAscending } from '../levels.js';
import { windowCount } from '../shapes.js';
import { pads, pair } from './fields.js';
import type { NodeCheck } from './node-check.js';
import type { OpRules } from './rule.js';

const window = { size: pair(), strides: pair([1, 1]), pads };

/** The largest value or the mean of each window, or of all places. */
export const pooling: OpRules<'maxPool' | 'averagePool' | 'globalAveragePool' | 'globalMaxPool'> = {
  maxPool: {
    inputs: 1,
    attributes: window,
    infer: (node, check) => ({ shape: pooled(check, node), type: largestType(check) }),
  },
  averagePool: {
    inputs: 1,
    attributes: window,
    infer: (node, check) => ({ shape: pooled(check, node), type: 'float32' }),
  },
  globalAveragePool: {
    inputs: 1,
    attributes: {},
    infer: (_node, check) => ({ shape: [check.image()[2]], type: 'float32' }),
  },
  globalMaxPool: {
    inputs: 1,
    attributes: {},
    infer: (_node, check) => ({ shape: [check.image()[2]], type: largestType(check) }),
  },
};

/** Codes stay codes where the largest is the largest value; others become what they stand for. */
function largestType({ x: { type } }: NodeCheck): ValueType {
  return type === 'float32' || isAscending(type) ? type : 'float32';
}

function pooled(
  check: NodeCheck,
  { size, strides, pads }: WindowAttributes & { readonly size: Pair },
): readonly number[] {
  const [height, width, channels] = check.image();
  const [top, left, bottom, right] = pads;
  if (Math.max(top, bottom) >= size[0] || Math.max(left, right) >= size[1])
    check.fail('its pads must be smaller than its window', pads, 'a window of padding alone has no value');
  return check.imageResult(
    windowCount(height, size[0], strides[0], top + bottom),
    windowCount(width, size[1], strides[1], left + right),
    channels,
  );
}
