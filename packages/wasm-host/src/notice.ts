import { env } from '@tensorflow/tfjs-core';

const said = new Set<string>();

/**
 * Says in TF.js's debug mode (`tf.enableDebugMode()`), once for each kernel and reason, that something else runs where a fast
 * kernel might. Out of debug mode it says nothing and costs nothing.
 *
 * @param kernel its name
 * @param reason of what kind the call is that it does not take: 'dtype int32'; asked for in debug mode alone
 * @param instead what runs
 */
export function noticeFallback(kernel: string, reason: () => string, instead: string): void {
  if (!env().getBool('DEBUG')) return;
  const notice = `${kernel} (${reason()}) has no fast kernel here; ${instead}`;
  if (said.has(notice)) return;
  said.add(notice);
  console.warn(notice);
}
