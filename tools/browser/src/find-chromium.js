import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** What to do where there is none. */
export const HOW_TO_GET = 'install it (npm run chromium), or set LOWBIT_CHROMIUM to its path';

/**
 * The executable of a Chromium: $LOWBIT_CHROMIUM, else the first on the PATH; or undefined.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined}
 */
export function findChromium(env = process.env) {
  if (env.LOWBIT_CHROMIUM) return isExecutable(env.LOWBIT_CHROMIUM) ? env.LOWBIT_CHROMIUM : undefined;
  const folders = (env.PATH ?? '').split(path.delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))).find(isExecutable);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
