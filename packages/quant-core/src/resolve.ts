import { createRegistry, type Quantizer, type Registry, type Role, type Spec } from '@lowbit/plugin-api';
import { plugin } from './plugin.js';

/** A quantizer, or what a config names it by: `{ quantizer: 'dorefa', bits: 2 }`. */
export type QuantizerOrSpec = Quantizer | Spec;

// One for the process, for the same reason as the scopes'.
const KEY = Symbol.for('@lowbit/quant-core/registry');
const holder = globalThis as { [KEY]?: Registry };

/**
 * Names the registry that layers make their quantizers from when they are given a spec, as `tf.loadLayersModel` does. Before
 * the first call that is one with this package's own quantizers.
 *
 * @returns the registry that was in use
 */
export function useRegistry(registry: Registry): Registry {
  const before = currentRegistry();
  holder[KEY] = registry;
  return before;
}

function currentRegistry(): Registry {
  return (holder[KEY] ??= createRegistry([plugin]));
}

/** @throws LowbitError an unknown name or bad options */
export function resolveQuantizer(given: QuantizerOrSpec, role: Role, where: string): Quantizer {
  return isQuantizer(given) ? given : currentRegistry().make('quantizers', given, role, where);
}

/** What `resolveQuantizer` makes an equal quantizer from. */
export function quantizerSpec(quantizer: Quantizer): Record<string, unknown> {
  return { quantizer: quantizer.name, ...quantizer.getConfig() };
}

/** Whether something is a quantizer, and not what a config names one by. */
export function isQuantizer(given: unknown): given is Quantizer {
  return typeof given === 'object' && typeof (given as Partial<Quantizer> | null)?.quantize === 'function';
}
