import { EXIT } from './errors.js';

/** A signal that asks for an orderly end, until it is disposed. */
export interface Interrupt {
  readonly signal: AbortSignal;
  dispose(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Ctrl-C and SIGTERM abort the signal; the second one ends the process at once, as failed: nothing more has been stored.
 *
 * @param say is told of the first
 */
export function onInterrupt(say: () => void): Interrupt {
  const controller = new AbortController();
  const handle = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.failed);
    controller.abort();
    say();
  };
  for (const name of SIGNALS) process.on(name, handle);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, handle);
    },
  };
}
