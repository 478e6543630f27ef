import type { UnaryFunction } from '@lowbit/graph';

/** The functions in the order of assembly/unary.ts, after which comes the identity. */
export const UNARY: readonly (UnaryFunction | 'linear')[] = [
  'relu',
  'relu6',
  'abs',
  'sign',
  'sigmoid',
  'hardSigmoid',
  'tanh',
  'exp',
  'gelu',
  'elu',
  'softplus',
  'sqrt',
  'linear',
];
