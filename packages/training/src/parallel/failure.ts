import { LowbitError, type ErrorParts } from '@lowbit/plugin-api';
import type { Failure } from './protocol.js';

/** An error as something that can be posted to another thread. */
export function posted(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof LowbitError)) return { message, stack };
  return { message, stack, lowbit: { code: error.code, parts: cloneable(error.parts) } };
}

function cloneable(parts: ErrorParts): ErrorParts {
  try {
    return structuredClone(parts);
  } catch {
    return { ...parts, received: String(parts.received) };
  }
}

/**
 * A worker's error, as the run ends with it: a LowbitError stays what it was, and says where where it did not.
 *
 * @param worker what the message calls it: 'worker 2 of 4'
 */
export function workerError(worker: string, { message, stack, lowbit }: Failure): LowbitError {
  const cause = Object.assign(new Error(message), { stack });
  if (lowbit) return new LowbitError(lowbit.code, { where: worker, ...lowbit.parts }, { cause });
  return new LowbitError('worker', { what: `a worker failed: ${message}`, where: worker, hint: HINT }, { cause });
}

/** A worker that ended without a word. */
export function workerGone(worker: string, exitCode: number): LowbitError {
  const what = `a worker ended with exit code ${exitCode}`;
  return new LowbitError('worker', { what, where: worker, hint: HINT });
}

const HINT = "the run's last checkpoint is whole, and can be resumed from";
