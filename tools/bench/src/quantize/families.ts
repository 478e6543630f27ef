import { createRegistry, LowbitError, type Role } from '@lowbit/plugin-api';
import quantCore from '@lowbit/quant-core';

/** A quantizer as a config names it. */
type Named = { readonly quantizer: string; readonly bits: number };

/** A quantizer of @lowbit/quant-core at 2 bits, or at 1 where it has no others, in the roles that it is made for. */
export interface Family {
  readonly name: string;
  readonly weights?: Named;
  readonly activations?: Named;
}

/** All that @lowbit/quant-core brings. */
export function families(): Family[] {
  const registry = createRegistry([quantCore]);
  const at = (quantizer: string, role: Role): Named | undefined =>
    [2, 1].map((bits) => ({ quantizer, bits })).find((spec) => can(() => registry.make('quantizers', spec, role)));
  return registry
    .list('quantizers')
    .map(({ name }) => ({ name, weights: at(name, 'weights'), activations: at(name, 'activations') }))
    .filter(({ weights, activations }) => weights !== undefined || activations !== undefined);
}

function can(make: () => unknown): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (error instanceof LowbitError) return false;
    throw error;
  }
}
