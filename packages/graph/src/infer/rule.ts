import type { Operation, OpName, Operations, Value } from '../graph.js';
import type { Field } from './fields.js';
import type { NodeCheck } from './node-check.js';

/** What the graph knows of one op: all that adding an op takes besides its computation. */
export interface OpRule<Op extends OpName> {
  /** How many values it reads. */
  readonly inputs: number | 'some';
  readonly attributes: { readonly [Key in keyof Operations[Op]]-?: Field<NonNullable<Operations[Op][Key]>> };
  /** The shape and type of what it makes; its attributes are known to be what their fields say. @throws LowbitError */
  readonly infer: (node: Operation<Op>, check: NodeCheck) => Value;
}

/** Rules of some ops. */
export type OpRules<Op extends OpName> = { readonly [Each in Op]: OpRule<Each> };
