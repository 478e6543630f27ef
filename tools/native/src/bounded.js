import { spawn } from 'node:child_process';
import { clearTimeout, setTimeout } from 'node:timers';

const windows = process.platform === 'win32';

/**
 * Runs a program for at most `limit` milliseconds; then it is killed with all that it has started.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {number} limit
 * @returns {Promise<{ code: number | null, timedOut: boolean, output: string }>} the exit code, null where it has none or the
 *   program is not there, and what it printed
 */
export function runBounded(program, args, limit) {
  return new Promise((resolve) => {
    // a group of its own, which can be killed whole; Windows has none, but finds npm by a shell alone
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: !windows, shell: windows });
    let output = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      if (windows || child.pid === undefined) child.kill('SIGKILL');
      else process.kill(-child.pid, 'SIGKILL');
    }, limit);
    const end = (/** @type {number | null} */ code) => {
      clearTimeout(timer);
      resolve({ code, timedOut, output });
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => void (output += text));
    }
    child.on('error', (error) => {
      output += `error: ${error.message}`;
      end(null);
    });
    child.on('close', end);
  });
}
