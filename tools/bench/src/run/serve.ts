import { createInterface } from 'node:readline';
import type { Sample } from './side.js';

/** What a side in a process of its own answers to. */
export interface Service {
  readonly about: string;
  readonly versions: Readonly<Record<string, string>>;
  /** By the first word of a request; the rest is the argument. */
  readonly requests: Readonly<Record<string, (argument: string) => Promise<object>>>;
}

/**
 * Makes this process a side: says that it is ready, or why not, and answers a line of JSON to each line on stdin until that
 * ends. What else is printed goes to stderr. The protocol is in bench/peers/README.md.
 *
 * @param start is given a line of stdin when it asks for one
 */
export async function serve(start: (line: () => Promise<string>) => Promise<Service>): Promise<void> {
  const answer = (values: object) => process.stdout.write(`${JSON.stringify(values)}\n`);
  console.log = console.info = console.error;
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  try {
    const { about, versions, requests } = await start(async () => (await lines.next()).value as string);
    answer({ ready: about, versions });
    for await (const line of lines) {
      const [request, argument = ''] = line.split(' ') as [string, string?];
      if (!Object.hasOwn(requests, request)) throw new Error(`unknown request '${request}'`);
      answer(await requests[request]!(argument));
    }
  } catch (error) {
    answer({ skipped: (error as Error).message.split('\n')[0]!.slice(0, 300) });
  }
}

/** Runs something and says how long it took. */
export async function timed(run: () => unknown): Promise<Sample> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await run();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { ms, cpuMs: (user + system) / 1000 };
}
