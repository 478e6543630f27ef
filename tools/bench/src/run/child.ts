import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Profile, Sample, Side, Skipped } from './side.js';

/** How a side's process is started. */
export interface ChildCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The first line that it is given. */
  readonly input?: string;
  /** What to say where there is no such command. */
  readonly missing?: string;
}

type Answer = Readonly<Record<string, unknown>>;

/** A process that is ready. */
export interface Started {
  readonly about: string;
  readonly versions: Readonly<Record<string, string>>;
  ask(request: string): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * Starts a process and waits until it is ready. The protocol, one line of JSON for each line of request, is in
 * bench/peers/README.md.
 */
export async function startProcess(command: ChildCommand): Promise<Started | Skipped> {
  const child = new Child(command);
  try {
    const { ready, versions } = await child.answer();
    return {
      about: String(ready),
      versions: (versions ?? {}) as Record<string, string>,
      ask: (request) => child.ask(request),
      close: () => child.close(),
    };
  } catch (error) {
    await child.close();
    return { name: command.name, skipped: (error as Error).message };
  }
}

/** Starts a side in a process of its own. */
export async function startChild(command: ChildCommand): Promise<Side | Skipped> {
  const started = await startProcess(command);
  return 'skipped' in started ? started : { ...sideOf(command.name, started), close: () => started.close() };
}

/** A side whose steps are answers to one request of a process, which stays when the side is closed. */
export function sideOf(name: string, { about, versions, ask }: Started, request = 'step'): Side {
  return {
    ...{ name, about, versions },
    step: async () => (await ask(request)) as unknown as Sample,
    memory: async () => (await ask('memory'))['memoryMiB'] as number,
    profile: async () => (await ask('profile')) as unknown as Profile,
    close: async () => undefined,
  };
}

/** A process that answers line by line. */
class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<void>;
  #failure: string | undefined;
  #stderr = '';

  constructor({ command, args, env, input, missing }: ChildCommand) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.#process.on('error', (error) => (this.#failure = missing ?? error.message));
    this.#ended = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => {
        this.#failure ??= `its process ended (${signal ?? `exit code ${code}`}) ${reasonIn(this.#stderr)}`.trim();
        resolve();
      });
    });
    this.#process.stdin.on('error', () => undefined); // it has ended; the next answer says why
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    if (input !== undefined) this.#process.stdin.write(`${input}\n`);
  }

  ask(request: string): Promise<Answer> {
    this.#process.stdin.write(`${request}\n`);
    return this.answer();
  }

  /** @throws Error why there is none */
  async answer(): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    if (done) {
      await this.#ended;
      throw new Error(this.#failure);
    }
    const answer = JSON.parse(value) as Answer;
    if (typeof answer['skipped'] === 'string') throw new Error(answer['skipped']);
    return answer;
  }

  /** Closes its input, at which it ends by itself; it is killed where it does not within two seconds. */
  async close(): Promise<void> {
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 2000);
    await this.#ended;
    clearTimeout(timer);
  }
}

/** The last line that names an error, else the last line. */
function reasonIn(text: string): string {
  const lines = text.trim().split('\n');
  return (lines.findLast((line) => /\w*(error|exception)\b/i.test(line)) ?? lines.at(-1)!).trim().slice(0, 200);
}
