import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runBounded } from './bounded.js';
import { telling } from './failure.js';

/** Milliseconds that an installer may take: it fetches up to 400 MB and compiles where there is no prebuilt binding. */
const LIMIT = 10 * 60_000;

/** What the installer puts into the package; its own script `clean-deps` removes the first two, node-gyp makes the others. */
const MADE = ['deps', 'lib', 'build', 'build-tmp-napi-v8'];

/**
 * Runs the installer that a package brings (its script `install`, switched off when npm installed it).
 *
 * @param {string} folder of tfjs-node or tfjs-node-gpu; cleaned of what an earlier attempt left, since the installer would keep
 *   half a library, and again when this one fails
 * @param {typeof runBounded} [run]
 * @returns {Promise<string | undefined>} why it failed, in one line
 */
export async function installUpstream(folder, run = runBounded) {
  const manifest = path.join(folder, 'package.json');
  const original = readFileSync(manifest, 'utf8');
  clean(folder);
  const { code, timedOut, output } = await run('npm', ['run', 'install', '--prefix', folder], LIMIT);
  if (code === 0) return undefined;
  clean(folder);
  // the installer writes to it while it runs
  if (readFileSync(manifest, 'utf8') !== original) writeFileSync(manifest, original);
  return timedOut ? `it took more than ${LIMIT / 60_000} minutes` : telling(output);
}

/**
 * Removes what an installer has made.
 *
 * @param {string} folder
 */
export function clean(folder) {
  for (const name of MADE) rmSync(path.join(folder, name), { recursive: true, force: true });
}
