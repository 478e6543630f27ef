import { UNARY_FUNCTIONS, type UnaryFunction } from '@lowbit/graph';

/** The functions in the order of assembly/unary.ts, after which comes the identity. */
export const UNARY: readonly (UnaryFunction | 'linear')[] = [...UNARY_FUNCTIONS, 'linear'];
