import { levelCount } from '../levels.js';
import { levels, parameter } from './fields.js';
import type { OpRules } from './rule.js';

/** From real numbers to codes and back. */
export const coding: OpRules<'quantize' | 'dequantize'> = {
  quantize: {
    inputs: 1,
    attributes: { thresholds: parameter, levels },
    infer(node, check) {
      check.floats();
      const { data } = check.vector('thresholds', node.thresholds, [levelCount(node.levels) - 1])!;
      const wrong = data.findIndex((value, i) => !(value >= (i === 0 ? -Infinity : data[i - 1]!)));
      if (wrong >= 0)
        check.fail(
          `its thresholds, parameter '${node.thresholds}', must ascend and not be NaN`,
          `${data[wrong]} at ${wrong}`,
        );
      return { shape: check.x.shape, type: node.levels };
    },
  },
  dequantize: {
    inputs: 1,
    attributes: {},
    infer(_node, check) {
      if (check.x.type === 'float32') return check.fail('its input must be codes', check.x.type, 'leave the node out');
      return { shape: check.x.shape, type: 'float32' };
    },
  },
};
