import { createInterface } from 'node:readline';
import type { Sample } from './side.js';

/** What a side in a process of its own answers to. */
export interface Service {
  readonly about: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly requests: Readonly<Record<string, () => Promise<object>>>;
}

/**
 * Makes this process a side: says that it is ready, or why not, and answers a line of JSON to each line on stdin until that
 * ends. What else is printed goes to stderr.
 */
export async function serve(start: () => Promise<Service>): Promise<void> {
  const answer = (values: object) => process.stdout.write(`${JSON.stringify(values)}\n`);
  console.log = console.info = console.error;
  try {
    const { about, versions, requests } = await start();
    answer({ ready: about, versions });
    for await (const request of createInterface({ input: process.stdin })) {
      if (!Object.hasOwn(requests, request)) throw new Error(`unknown request '${request}'`);
      answer(await requests[request]!());
    }
  } catch (error) {
    answer({ skipped: (error as Error).message.split('\n')[0]!.slice(0, 300) });
  }
}

/** Runs something and says how long it took. */
export async function timed(run: () => unknown): Promise<Sample> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - start, cpuMs: (user + system) / 1000 };
}
