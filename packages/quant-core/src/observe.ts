import type { Tensor } from '@tensorflow/tfjs-core';
import type { QuantizerSlot } from './layers/quantizer-slot.js';
import { within, type Site } from './scope.js';

/** One application of a quantizer in a forward pass. */
export interface Application extends Site {
  readonly slot: QuantizerSlot;
  /** What was quantized, and what became of it; both live as long as the pass. */
  readonly x: Tensor;
  readonly result: Tensor;
}

/** Sees what quantizers are applied to; must not keep a tensor without `tf.keep`. */
export type Observer = (application: Application) => void;

// One for the process, for the same reason as the scopes'.
const KEY = Symbol.for('@lowbit/quant-core/observers');
const observers: Observer[] = ((globalThis as Record<symbol, unknown>)[KEY] ??= []) as Observer[];

/**
 * Runs `forward`, and tells `observer` of every quantizer that is applied in it: calibration, errors by layer, histograms of codes.
 * An activation that has a batch normalization merged into it (`withFusion`) is not told.
 *
 * @throws LowbitError an asynchronous `forward`
 */
export function withObserver<T>(observer: Observer, forward: () => T): T {
  return within(observers, observer, forward, 'withObserver');
}

/** Tells the observers around. For authors of layers. */
export function notifyObservers(application: Application): void {
  for (const observe of observers) observe(application);
}
