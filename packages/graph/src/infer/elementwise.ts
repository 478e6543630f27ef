import type { UnaryFunction, Value } from '../graph.js';
import { broadcastShape } from '../shapes.js';
import { choice, finite, optionalParameter, positive } from './fields.js';
import type { NodeCheck } from './node-check.js';
import type { OpRules } from './rule.js';

/** The element-wise functions, in the order that engines number them in. */
export const UNARY_FUNCTIONS = [
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
] as const satisfies readonly UnaryFunction[];

const binary = { inputs: 2, attributes: {}, infer: (_node: unknown, check: NodeCheck) => broadcast(check) } as const;
const unchanged = (_node: unknown, check: NodeCheck) => {
  check.floats();
  return check.x;
};

type ElementwiseOp = 'add' | 'subtract' | 'multiply' | 'maximum' | 'unary' | 'clip' | 'softmax' | 'layerNorm';

/** Real numbers made of real numbers, of the same shape but for what is repeated. */
export const elementwise: OpRules<ElementwiseOp> = {
  add: binary,
  subtract: binary,
  multiply: binary,
  maximum: binary,
  unary: { inputs: 1, attributes: { function: choice(UNARY_FUNCTIONS) }, infer: unchanged },
  clip: {
    inputs: 1,
    attributes: { min: finite, max: finite },
    infer(node, check) {
      if (node.min > node.max) check.fail('its min must not be above its max', [node.min, node.max]);
      return unchanged(node, check);
    },
  },
  softmax: {
    inputs: 1,
    attributes: {},
    infer(node, check) {
      check.lastAxis();
      return unchanged(node, check);
    },
  },
  layerNorm: {
    inputs: 1,
    attributes: { epsilon: positive, gamma: optionalParameter, beta: optionalParameter },
    infer(node, check) {
      const width = check.lastAxis();
      check.vector('gamma', node.gamma, [width]);
      check.vector('beta', node.beta, [width]);
      return unchanged(node, check);
    },
  },
};

function broadcast(check: NodeCheck): Value {
  check.floats();
  const [a, b] = check.inputs as [Value, Value];
  const shape = broadcastShape(a.shape, b.shape);
  if (shape) return { shape, type: 'float32' };
  return check.fail('the shapes of its inputs do not fit each other', [a.shape, b.shape]);
}
