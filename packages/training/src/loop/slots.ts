import { LowbitError, type NamedVariables } from '@lowbit/plugin-api';
import { tensor, tidy, variable as makeVariable, zeros, type Variable } from '@tensorflow/tfjs-core';
import { readVariables, type NamedArrays } from './weights.js';

/** The state that transforms keep of variables, by `name/variable`. */
export class Slots {
  readonly #slots = new Map<string, Variable>();

  constructor(private readonly variables: NamedVariables) {}

  /**
   * The slot `name` of a variable, zeros of its shape when it is asked for first.
   *
   * @throws LowbitError ('plugin') there is no such variable
   */
  get(name: string, variable: string): Variable {
    const key = `${name}/${variable}`;
    const known = this.#slots.get(key);
    if (known) return known;
    const owner = this.variables[variable];
    if (!owner)
      throw new LowbitError('plugin', { what: `no variable '${variable}' to keep state of`, where: `slot '${name}'` });
    const slot = tidy(() => makeVariable(zeros(owner.shape), false));
    this.#slots.set(key, slot);
    return slot;
  }

  /** Copies all slots to the host, in the order of their names. */
  read(): Promise<NamedArrays> {
    return readVariables(Object.fromEntries([...this.#slots].sort(([a], [b]) => (a < b ? -1 : 1))));
  }

  /** Puts the slots in place that {@link read} gave. */
  restore(arrays: NamedArrays): void {
    this.clear('');
    for (const [key, { shape, data }] of Object.entries(arrays)) {
      this.#slots.set(
        key,
        tidy(() => makeVariable(tensor(data, [...shape], 'float32'), false)),
      );
    }
  }

  /** Disposes the slots whose names start with `prefix`; they are zeros when they are asked for again. */
  clear(prefix: string): void {
    for (const [key, slot] of this.#slots) {
      if (!key.startsWith(prefix)) continue;
      slot.dispose();
      this.#slots.delete(key);
    }
  }
}
