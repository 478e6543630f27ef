import { z } from 'zod';
import type { Granularity } from '@lowbit/plugin-api';

/** 'tensor', 'channel', or { group: n }. */
export const granularitySchema = z
  .union([z.enum(['tensor', 'channel']), z.strictObject({ group: z.int().positive() })], {
    error: "a granularity is 'tensor', 'channel' or { group: n }",
  })
  .describe('what shares one set of levels') satisfies z.ZodType<Granularity>;
