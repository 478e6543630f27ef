import { execFileSync } from 'node:child_process';

/** What a person must know and do: one line. */
export class NativeError extends Error {
  /** @override */
  name = 'NativeError';
}

/**
 * Runs a program and gives back what it printed.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ missing: string, failed: string, cwd?: string, env?: NodeJS.ProcessEnv }} options what to say when the program is
 *   not there, and when it fails (followed by the last line that it printed)
 * @returns {string}
 */
export function run(program, args, { missing, failed, ...options }) {
  try {
    return execFileSync(program, args, {
      ...options,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    });
  } catch (cause) {
    const { code, stderr } = /** @type {{ code?: unknown, stderr?: string }} */ (cause);
    if (code === 'ENOENT') throw new NativeError(missing, { cause });
    throw new NativeError(`${failed}: ${telling(stderr ?? '')}`, { cause });
  }
}

/**
 * The line of a program's complaints that says most: the first error, else the last line.
 *
 * @param {string} text
 */
export function telling(text) {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.find((line) => /error:/i.test(line)) ?? lines.findLast((line) => line !== '') ?? 'it said nothing';
}
