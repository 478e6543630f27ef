import type { BackendName, Picked, PickOptions } from '@lowbit/backends';
import type { Io } from './io.js';

/** Starts a TF.js backend and says which and why; of 'wasm' with the SIMD of an earlier run, where there is one. */
export async function startBackend(name: string, { log }: Io, simd?: PickOptions['simd']): Promise<Picked> {
  const picked = await start(name, { simd });
  log.info(`backend ${picked.name}${picked.simd ? `, ${picked.simd} SIMD` : ''}: ${picked.reason}`);
  return picked;
}

/** Starts a backend to build models on that are only looked at. */
export async function startForLooking(): Promise<void> {
  await start('cpu');
}

async function start(name: string, options?: PickOptions): Promise<Picked> {
  const [{ pickBackend }, { enableProdMode }] = await Promise.all([
    import('@lowbit/backends'),
    import('@tensorflow/tfjs-core'),
  ]);
  // leaves out TF.js's own advertisement of other backends; `lowbit doctor` says what there is
  enableProdMode();
  return pickBackend(name as BackendName, options);
}
