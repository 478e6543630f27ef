import { LowbitError, type Precision, type Quantizer, type Role } from '@lowbit/plugin-api';
import { checkPrecision } from './bits.js';

/** One quantizer at its place in a model. */
export interface Site {
  /** Name of the layer. */
  readonly layer: string;
  readonly role: Role;
  readonly quantizer: Quantizer;
}

/** The precision of each role, or a function of the site; where it says nothing, the scope outside decides, then the layer. */
export type PrecisionPolicy = Readonly<Partial<Record<Role, Precision>>> | ((site: Site) => Precision | undefined);

interface Scopes {
  readonly precision: ((site: Site) => Precision | undefined)[];
  readonly seed: { readonly base: number; draws: number }[];
}

// One object for the process, also when a program has loaded this package twice (as ESM and as CommonJS).
const KEY = Symbol.for('@lowbit/quant-core/scopes');
const scopes: Scopes = ((globalThis as Record<symbol, unknown>)[KEY] ??= { precision: [], seed: [] }) as Scopes;

/**
 * Runs `forward` with the quantized layers at the precisions of `policy`: float weights for a first stage, a teacher of other
 * bits, an evaluation at more bits than were trained. Scopes nest, and end when `forward` returns or throws.
 *
 * `withPrecision({ activations: 'float' }, () => model.apply(x))`
 *
 * @throws LowbitError a precision that is not 1 to 8 or 'float'; an asynchronous `forward`, which would run outside of the scope
 */
export function withPrecision<T>(policy: PrecisionPolicy, forward: () => T): T {
  return within(scopes.precision, policyFunction(policy), forward, 'withPrecision');
}

/**
 * Runs `forward` with all that is random in its quantizers drawn from `seed`: the same seed, the same bits.
 *
 * @throws LowbitError an asynchronous `forward`
 */
export function withSeed<T>(seed: number, forward: () => T): T {
  return within(scopes.seed, { base: seed, draws: 0 }, forward, 'withSeed');
}

/** The quantizer that the scopes around this call give to a site. For authors of layers. */
export function scopedQuantizer(site: Site): Quantizer {
  for (let i = scopes.precision.length - 1; i >= 0; i--) {
    const bits = scopes.precision[i]!(site);
    if (bits !== undefined) return atBits(site.quantizer, bits);
  }
  return site.quantizer;
}

/** The next seed of the innermost {@link withSeed}, or undefined outside of any. For authors of layers. */
export function scopedSeed(): number | undefined {
  const seed = scopes.seed.at(-1);
  return seed && mix(seed.base, seed.draws++);
}

/** Runs `forward` with a frame on the stack of a scope. */
export function within<Frame, T>(stack: Frame[], frame: Frame, forward: () => T, name: string): T {
  const depth = stack.push(frame);
  try {
    const result = forward();
    if (result instanceof Promise) {
      result.catch(() => undefined);
      throw new LowbitError('usage', {
        what: 'a scope ends before an asynchronous function does',
        where: name,
        hint: 'call model.apply or model.predict inside of it and await their data outside',
      });
    }
    return result;
  } finally {
    stack.length = depth - 1;
  }
}

function policyFunction(policy: PrecisionPolicy): (site: Site) => Precision | undefined {
  if (typeof policy === 'function') return policy;
  for (const [role, bits] of Object.entries(policy))
    if (bits !== undefined) checkPrecision(bits, `precision of ${role}`);
  return (site) => policy[site.role];
}

const variants = new WeakMap<Quantizer, Map<Precision, Quantizer>>();

function atBits(quantizer: Quantizer, bits: Precision): Quantizer {
  if (bits === quantizer.bits) return quantizer;
  let known = variants.get(quantizer);
  if (!known) variants.set(quantizer, (known = new Map()));
  let variant = known.get(bits);
  if (!variant) known.set(bits, (variant = quantizer.withBits(bits)));
  return variant;
}

/** murmur3's finalizer over both numbers: neighbouring draws give unrelated seeds. */
export function mix(seed: number, draw: number): number {
  let h = (seed ^ Math.imul(draw + 1, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
