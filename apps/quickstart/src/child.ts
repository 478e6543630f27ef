import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';

const BIN = path.join(path.dirname(createRequire(import.meta.url).resolve('lowbit/package.json')), 'bin', 'lowbit.js');

/** What a `lowbit … --json` ended with. */
export interface Ended {
  readonly code: number;
  /** By itself, not by a signal. */
  readonly exited: boolean;
  /** What it printed on stdout; undefined when it died before. */
  readonly result: Record<string, unknown> | undefined;
  /** Its error in one line, when it failed. */
  readonly error?: string;
}

export interface Child {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts `lowbit ARGS --json` in a process and a process group of its own: Ctrl-C in the terminal then reaches this process
 * alone, which passes it on once.
 */
export function startLowbit(args: readonly string[]): Child {
  const child = spawn(process.execPath, [BIN, ...args, '--json'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-100_000)));
  const ended = once(child, 'close').then(([code, signal]) =>
    outcome(code as number | null, String(signal), stdout, stderr),
  );
  return { ended, kill: (signal) => void child.kill(signal) };
}

function outcome(exitCode: number | null, signal: string, stdout: string, stderr: string): Ended {
  const line = stdout.trim().split('\n').at(-1)!;
  const result = line === '' ? undefined : (JSON.parse(line) as Record<string, unknown>);
  const code = exitCode ?? 1;
  if (exitCode === null) return { code, exited: false, result, error: `it was ended by ${signal}` };
  if (code === 0 || code === 130) return { code, exited: true, result };
  const said = /^error: (.*)$/m.exec(stderr)?.[1] ?? stderr.trim().split('\n').at(-1);
  return { code, exited: true, result, error: said || `it ended with code ${code}` };
}
