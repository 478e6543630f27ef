import { LowbitError, type Precision } from '@lowbit/plugin-api';

/** Reads an option's value as a whole number of at least `least`; for commander. */
export function wholeNumber(option: string, least = 0): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw bad(`a whole number of at least ${least} is needed`, option, text);
  };
}

/** Reads an option's value as one of `names`; for commander. */
export function oneOf<Name extends string>(option: string, names: readonly Name[]): (text: string) => Name {
  return (text) => {
    const found = names.find((name) => name === text);
    if (found === undefined) throw bad(`one of ${names.join(', ')} is needed`, option, text);
    return found;
  };
}

/** Reads values between commas; for commander. */
export function listOf<T>(option: string, read: (text: string) => T): (text: string) => T[] {
  return (text) => {
    const parts = text.split(',').map((part) => part.trim());
    if (parts.includes('')) throw bad('a list is values between commas', option, text);
    return parts.map(read);
  };
}

/** Reads '32,32,3' or '32x32x3' as a shape; for commander. */
export function shape(option: string): (text: string) => number[] {
  return (text) => {
    const sizes = text.split(/[,x]/);
    if (sizes.every((size) => /^[1-9]\d{0,8}$/.test(size))) return sizes.map(Number);
    throw bad('a shape is whole numbers between commas, as in 32,32,3', option, text);
  };
}

/** Reads a number in [0, 1]; for commander. */
export function fraction(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= 0 && value <= 1) return value;
    throw bad('a number between 0 and 1 is needed', option, text);
  };
}

/** Bits of weights and of activations, by role. */
export type PrecisionOption = Readonly<Partial<Record<'weights' | 'activations', Precision>>>;

/** Reads 'weights=8,activations=float'; for commander. */
export function precision(option: string): (text: string) => PrecisionOption {
  return (text) => {
    const found: Partial<Record<string, Precision>> = {};
    for (const part of text.split(',')) {
      const [, role, bits] = /^(weights|activations)=([1-8]|float)$/.exec(part.trim()) ?? [];
      if (role === undefined || role in found) {
        throw bad('bits are 1 to 8 or float, once for a role, as in weights=8,activations=float', option, text);
      }
      found[role] = bits === 'float' ? bits : (Number(bits) as Precision);
    }
    return found;
  };
}

function bad(what: string, option: string, received: string): LowbitError {
  return new LowbitError('usage', { what, where: option, received });
}
