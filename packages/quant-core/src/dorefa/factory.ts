import { factory, type Quantizer, type Role } from '@lowbit/plugin-api';
import { z } from 'zod';
import { precisionSchema } from '../bits.js';
import { dorefaActivations } from './activations.js';
import { dorefaGradients } from './gradients.js';
import { dorefaWeights } from './weights.js';

const options = z.strictObject({
  bits: precisionSchema.describe('1 to 8, or "float"'),
  maxGradient: z.enum(['flow', 'constant']).optional().describe('weights: how the gradient treats max|tanh w|'),
  noise: z.enum(['uniform', 'none']).optional().describe('gradients: what is added before rounding'),
});

/** `{ quantizer: 'dorefa', bits }` for weights, activations or gradients. */
export const dorefa = factory(options, ({ bits, maxGradient, noise }, role: Role): Quantizer => {
  if (role === 'weights') return dorefaWeights({ bits, maxGradient });
  return role === 'activations' ? dorefaActivations({ bits }) : dorefaGradients({ bits, noise });
});
