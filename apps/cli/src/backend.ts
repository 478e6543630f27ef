import type { BackendName, Picked } from '@lowbit/backends';
import type { Io } from './io.js';

/** Starts a TF.js backend and says which and why. */
export async function startBackend(name: string, { log }: Io): Promise<Picked> {
  const picked = await start(name);
  log.info(`backend ${picked.name}: ${picked.reason}`);
  return picked;
}

/** Starts a backend to build models on that are only looked at. */
export async function startForLooking(): Promise<void> {
  await start('cpu');
}

async function start(name: string): Promise<Picked> {
  const [{ pickBackend }, { enableProdMode }] = await Promise.all([
    import('@lowbit/backends'),
    import('@tensorflow/tfjs-core'),
  ]);
  // leaves out TF.js's own advertisement of other backends; `lowbit doctor` says what there is
  enableProdMode();
  return pickBackend(name as BackendName);
}
