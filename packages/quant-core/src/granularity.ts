import { z } from 'zod';
import type { Granularity } from '@lowbit/plugin-api';

/** 'tensor', 'channel', or { group: n }. */
export const granularitySchema = z
  .union([z.enum(['tensor', 'channel']), z.strictObject({ group: z.int().positive() })], {
    error: "a granularity is 'tensor', 'channel' or { group: n }",
  })
  .describe('what shares one set of levels') satisfies z.ZodType<Granularity>;

/** 'tensor' or 'channel': activations have no groups. */
export const activationGranularitySchema = z
  .enum(['tensor', 'channel'], {
    error: "the granularity of activations is 'tensor' or 'channel'; groups are of weights",
  })
  .describe('what shares one set of levels');
