import type { OpName } from '../graph.js';
import { coding } from './coding.js';
import { convolution } from './convolution.js';
import { elementwise } from './elementwise.js';
import { layout } from './layout.js';
import { pooling } from './pooling.js';
import type { OpRule, OpRules } from './rule.js';
import { sequence } from './sequence.js';
import { shift } from './shift.js';

/** Every op that there is. */
export const RULES: OpRules<OpName> = {
  ...convolution,
  ...coding,
  ...shift,
  ...pooling,
  ...elementwise,
  ...layout,
  ...sequence,
};

export function isOpName(name: unknown): name is OpName {
  return typeof name === 'string' && Object.hasOwn(RULES, name);
}

/** The rule of an op of any kind. */
export function ruleOf(op: OpName): OpRule<OpName> {
  return RULES[op] as unknown as OpRule<OpName>;
}
