import type { BackendName, Picked } from '@lowbit/backends';
import type { Io } from './io.js';

/** Starts a TF.js backend and says which and why. */
export async function startBackend(name: string, { log }: Io): Promise<Picked> {
  const [{ pickBackend }, { enableProdMode }] = await Promise.all([
    import('@lowbit/backends'),
    import('@tensorflow/tfjs-core'),
  ]);
  // leaves out TF.js's own advertisement of other backends; `lowbit doctor` says what there is
  enableProdMode();
  const picked = await pickBackend(name as BackendName);
  log.info(`backend ${picked.name}: ${picked.reason}`);
  return picked;
}

/** The name that `--backend` knows a run's backend by; TF.js calls both native ones 'tensorflow'. */
export function backendOfRun(recorded: string): string {
  return recorded === 'tensorflow' ? 'auto' : recorded;
}
