import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Sample, Side, Skipped } from './side.js';

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

/**
 * Starts a side in a process of its own and waits until it is ready. The protocol, one line of JSON for each line of request,
 * is in bench/peers/README.md.
 */
export async function startChild(command: ChildCommand): Promise<Side | Skipped> {
  const { name } = command;
  const child = new Child(command);
  try {
    const { ready, versions } = await child.answer();
    return {
      name,
      about: String(ready),
      versions: (versions ?? {}) as Record<string, string>,
      step: async () => (await child.ask('step')) as unknown as Sample,
      memory: async () => (await child.ask('memory'))['memoryMiB'] as number,
      profile: async () => (await child.ask('profile'))['shares'] as Record<string, number>,
      close: () => child.close(),
    };
  } catch (error) {
    await child.close();
    return { name, skipped: (error as Error).message };
  }
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
        this.#failure ??= `its process ended (${signal ?? `exit code ${code}`}) ${lastLine(this.#stderr)}`.trim();
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

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)!.slice(0, 200);
}
