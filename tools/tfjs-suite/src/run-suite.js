import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * What a run of the specs gave. A spec's name is followed by ` #2`, ` #3` … where the suite has that name again.
 *
 * @typedef {{ passed: number, failed: number, pending: number, failures: { name: string, reason: string }[] }} SuiteResult
 */

/**
 * Runs a bundle's specs in a process of their own.
 *
 * @param {string} bundlePath
 * @returns {Promise<SuiteResult>} rejects when the process fails or no spec ran
 */
export async function runSuite(bundlePath) {
  const resultPath = `${bundlePath}.result.json`;
  rmSync(resultPath, { force: true });
  const child = spawn(process.execPath, [fileURLToPath(new URL('child.js', import.meta.url)), bundlePath, resultPath], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr = (stderr + chunk).slice(-4000)));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`the run of ${bundlePath} ended with exit code ${code}: ${stderr.trim()}`);
  if (!existsSync(resultPath)) throw new Error(`the run of ${bundlePath} ended without a result: ${stderr.trim()}`);
  const result = JSON.parse(readFileSync(resultPath, 'utf8'));
  if (result.passed + result.failed === 0) throw new Error(`no spec of ${bundlePath} ran: ${stderr.trim()}`);
  return result;
}
