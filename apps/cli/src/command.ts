import { Command } from 'commander';
import { createIo, print, type Io } from './io.js';

/** What a command has found. */
export interface Outcome {
  /** The one object that `--json` prints on stdout. */
  readonly result: object;
  /** The same for people: on stdout, with `--json` on stderr. */
  readonly text?: string;
  /** 0 unless given. */
  readonly exitCode?: number;
}

/** Options that every command takes. */
interface CommonOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** Is given the outcome of the command that ran. */
export type Finish = (exitCode: number) => void;

type Run<Options> = (io: Io, options: Options, ...args: string[]) => Promise<Outcome>;

/** A command that takes what every command takes; `run` is given its options and then its arguments. */
export function command<Options extends object>(
  name: string,
  description: string,
  finish: Finish,
  run: Run<Options>,
): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'print one JSON object on stdout and nothing else; all other text goes to stderr')
    .option('--verbose', 'say more; show the stack of an error')
    .action(async (...given: unknown[]) => {
      const options = given.at(-2) as Options & CommonOptions;
      const { result, text, exitCode = 0 } = await run(createIo(options), options, ...(given.slice(0, -2) as string[]));
      if (text !== undefined && options.json) process.stderr.write(`${text}\n`);
      else if (text !== undefined) print(`${text}\n`);
      if (options.json) print(`${JSON.stringify(result)}\n`);
      finish(exitCode);
    });
}
