import { factory, type Quantizer, type Role } from '@lowbit/plugin-api';
import { z } from 'zod';
import { pactActivations, pactActivationSchema, type PactActivationOptions } from './pact-activations.js';
import { pactWeights, pactWeightSchema, type PactWeightOptions } from './pact-weights.js';
import { notMadeFor } from './role.js';

// what either role takes; each function refuses what is not its own
const schema = z.strictObject({ ...pactActivationSchema.shape, ...pactWeightSchema.shape });

/** `{ quantizer: 'pact', bits }` for weights or activations. */
export const pactFactory = factory(schema, (options, role: Role): Quantizer => {
  if (role === 'gradients') throw notMadeFor('pact', role);
  return role === 'weights'
    ? pactWeights(options as PactWeightOptions)
    : pactActivations(options as PactActivationOptions);
});
