import { parseArgs } from 'node:util';

/** How a benchmark is run. */
export interface Options {
  readonly name: string;
  readonly json: boolean;
  /** Timed steps of each side. */
  readonly repetitions: number;
  /** Steps of a watch. */
  readonly steps: number;
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
      steps: { type: 'string', default: '100' },
      only: { type: 'string' },
    },
  });
  const [repetitions, steps] = [countOf('--repetitions', values.repetitions), countOf('--steps', values.steps)];
  const { json, only } = values;
  return { name: positionals.length > 0 ? positionals.join(' ') : 'train', json, repetitions, steps, only };
}

function countOf(name: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new Error(`${name} must be a whole number of at least 1, received ${text}`);
}
