import type { GraphNode, OpName } from '../graph.js';
import { coding } from './coding.js';
import { convolution } from './convolution.js';
import { elementwise } from './elementwise.js';
import type { Field } from './fields.js';
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

/** Names of the parameters that a node reads. */
export function parametersOf(node: GraphNode): readonly string[] {
  const attributes = node as unknown as Readonly<Record<string, unknown>>;
  return Object.entries<Field<unknown>>(ruleOf(node.op).attributes)
    .filter(([key, { kind }]) => kind === 'parameter' && attributes[key] !== undefined)
    .map(([key]) => attributes[key] as string);
}
