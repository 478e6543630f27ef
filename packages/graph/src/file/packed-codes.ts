import type { Parameter } from '../graph.js';

const packed = new WeakMap<Parameter, Uint8Array>();

/** Remembers where a parameter's codes lie in their bits. */
export function keepPacked(parameter: Parameter, bytes: Uint8Array): void {
  packed.set(parameter, bytes);
}

/**
 * A parameter's codes as they lie in the file that it was read from, without {@link ReadModelOptions.keepCodes}: each in its bits, one after the
 * other, the first in the lowest bits of the first byte. For an engine that has no use for a byte each.
 *
 * @returns undefined where there are none, or not every code of so many bits has a level
 */
export function packedCodes(parameter: Parameter): Uint8Array | undefined {
  return packed.get(parameter);
}
