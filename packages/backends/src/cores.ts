import { LowbitError } from '@lowbit/plugin-api';
import * as tf from '@tensorflow/tfjs-core';
import { resolved, versionOf, type NodeHost } from './node.js';

const CORE = '@tensorflow/tfjs-core';

/**
 * Refuses to go on beside a second copy of tfjs-core: copies share one engine, but not their classes, so that tensors of one
 * are none to the other.
 *
 * @throws LowbitError this package's copy is not the one that made the engine
 */
export function checkOneCore(): void {
  if (tf.ENV instanceof tf.Environment) return;
  throw new LowbitError('unsupported', {
    what: `two copies of ${CORE} are loaded`,
    hint: `see them with npm ls ${CORE}, keep one with npm dedupe or by giving every @tensorflow package the same version`,
  });
}

/** Why a package cannot share this package's copy of tfjs-core, or undefined when it does. */
export function otherCore(host: NodeHost, name: string): string | undefined {
  const ours = resolved(host, CORE);
  const file = resolved(host, name);
  const its = file && resolved({ ...host, require: host.builtin('node:module').createRequire(file) }, CORE);
  if (its === undefined || its === ours) return undefined;
  const version = versionOf({ ...host, require: host.builtin('node:module').createRequire(file!) }, CORE);
  return `${name} uses another copy of ${CORE} (${version}); npm dedupe, or install the same version of both`;
}
