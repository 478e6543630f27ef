import { createConsola, type ConsolaInstance } from 'consola';

/** Where a command's words go. */
export interface Io {
  /** People's log, on stderr. */
  readonly log: ConsolaInstance;
  /** What is told live, on stderr; on a terminal it may be drawn over. */
  readonly live: NodeJS.WriteStream;
}

export function createIo({ verbose = false }: { readonly verbose?: boolean } = {}): Io {
  const live = process.stderr;
  const log = createConsola({
    level: verbose ? 4 : 3,
    stdout: live,
    stderr: live,
    formatOptions: { date: false, compact: true },
  });
  return { log, live };
}

const writeOut = process.stdout.write.bind(process.stdout) as (text: string) => boolean;

/** Writes to stdout, also after {@link keepStdoutClean}. */
export function print(text: string): void {
  writeOut(text);
}

/** Sends what libraries, plugins and configs print to stderr, so that stdout holds the result and nothing else. */
export function keepStdoutClean(): void {
  process.stdout.write = process.stderr.write.bind(process.stderr);
}
