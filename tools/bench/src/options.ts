import { parseArgs } from 'node:util';

/** How a benchmark is run. */
export interface Options {
  readonly name: string;
  readonly json: boolean;
  /** Timed steps of each side. */
  readonly repetitions: number;
  /** Only what is of a shape with this in its name. */
  readonly only?: string;
}

/** @throws Error arguments that mean nothing */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      repetitions: { type: 'string', default: '7' },
      only: { type: 'string' },
    },
  });
  const repetitions = Number(values.repetitions);
  if (!Number.isInteger(repetitions) || repetitions < 1) {
    throw new Error(`--repetitions must be a whole number of at least 1, received ${values.repetitions}`);
  }
  const { json, only } = values;
  return { name: positionals.length > 0 ? positionals.join(' ') : 'train', json, repetitions, only };
}
