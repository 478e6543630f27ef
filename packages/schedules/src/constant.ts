import { parseOptions, type Schedule } from '@lowbit/plugin-api';
import { z } from 'zod';
import { rate } from './progress.js';

export const constantOptions = z.strictObject({ rate });
/**
 * Options of {@link constant}.
 *
 * @interface
 */
export type ConstantOptions = z.input<typeof constantOptions>;

/**
 * The same rate throughout.
 *
 * @throws LowbitError a rate that is not above 0
 */
export function constant(options: ConstantOptions): Schedule {
  const { rate } = parseOptions(constantOptions, options, "schedule 'constant'");
  return () => rate;
}
