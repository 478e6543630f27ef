import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/lowbit.js', import.meta.url));

/** What a process has said and ended with. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Waits until stderr has said so. */
  says(text: string): Promise<void>;
}

/** Starts the real command in a process of its own. */
export function start(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { ...process.env, NO_COLOR: '1', ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }) as Ended);
  const says = async (text: string): Promise<void> => {
    while (!stderr.includes(text)) {
      if (child.exitCode !== null) throw new Error(`it ended without saying '${text}': ${stderr}`);
      await Promise.race([once(child.stderr, 'data'), ended]);
    }
  };
  return { ended, says, kill: (signal) => void child.kill(signal) };
}

export function lowbit(args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv): Promise<Ended> {
  return start(args, cwd, env).ended;
}

/** The object that `--json` printed, having checked that it is all that was. */
export function onlyJson({ stdout }: Ended): Record<string, unknown> {
  const [line, ...rest] = stdout.split('\n');
  if (rest.length !== 1 || rest[0] !== '') throw new Error(`more on stdout than one line: ${stdout}`);
  return JSON.parse(line!) as Record<string, unknown>;
}

/** A folder with these files in it, removed when the tests of the file have ended. */
export function folderOf(files: Readonly<Record<string, string | object>> = {}): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lowbit-cli-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

/** An experiment of a second. */
export const TINY = {
  data: { dataset: 'digits', limit: 60, testLimit: 30 },
  model: { model: 'l-sspq-digits', widths: [4], blocks: [2] },
  epochs: 1,
  batchSize: 20,
  seed: 3,
  backend: 'cpu',
};
