import { factory, type Quantizer, type Role } from '@lowbit/plugin-api';
import { pactWeights, pactWeightSchema } from './pact-weights.js';
import { notMadeFor } from './role.js';

/** `{ quantizer: 'pact', bits }` for weights. */
export const pactFactory = factory(pactWeightSchema, (options, role: Role): Quantizer => {
  if (role === 'weights') return pactWeights(options);
  throw notMadeFor('pact', role);
});
