import { parseArgs } from 'node:util';

/** How a benchmark is run. */
export interface Options {
  readonly name: string;
  readonly json: boolean;
  /** Markdown, ready for docs/speed.md. */
  readonly markdown: boolean;
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
      markdown: { type: 'boolean', default: false },
      repetitions: { type: 'string', default: '7' },
      steps: { type: 'string', default: '100' },
      only: { type: 'string' },
    },
  });
  const [repetitions, steps] = [countOf('--repetitions', values.repetitions), countOf('--steps', values.steps)];
  const { json, markdown, only } = values;
  if (json && markdown) throw new Error('--json and --markdown are two forms of one report; give one of them');
  return { name: positionals.length > 0 ? positionals.join(' ') : 'train', json, markdown, repetitions, steps, only };
}

function countOf(name: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new Error(`${name} must be a whole number of at least 1, received ${text}`);
}
