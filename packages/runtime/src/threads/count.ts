import { coreCount, whyAlone } from './host.js';
import { notice } from './notice.js';

/** Threads that `auto` stands for at most: the layers of few-bit networks are soon too small to share out among more. */
const MOST_AUTOMATIC = 4;
const MOST = 64;

/**
 * How many threads there will be: those that are asked for, or one where the host has none that share memory, which is said once.
 *
 * @throws RangeError of what is no number of threads
 */
export function threadCount(asked: number | 'auto' = 1): number {
  const count = asked === 'auto' ? Math.min(MOST_AUTOMATIC, coreCount()) : asked;
  if (!Number.isInteger(count) || count < 1 || count > MOST) {
    throw new RangeError(
      `load: threads must be a whole number from 1 to ${MOST}, or 'auto', received ${String(asked)}; leave it out for one thread`,
    );
  }
  const reason = count > 1 ? whyAlone() : undefined;
  if (reason === undefined) return count;
  notice(1, reason);
  return 1;
}
