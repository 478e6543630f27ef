import { existsSync } from 'node:fs';
import { buildAddon, loadedVersion, packageFolder } from './addon.js';
import { NativeError } from './failure.js';
import { libtensorflow } from './library.js';

/** @typedef {import('./library.js').Kind} Kind */

const PACKAGES = /** @type {const} */ ({ cpu: '@tensorflow/tfjs-node', gpu: '@tensorflow/tfjs-node-gpu' });

/**
 * What to make: the kinds asked for, else cpu, and gpu where there is an NVIDIA driver.
 *
 * @param {readonly string[]} asked
 * @param {boolean} [hasDriver]
 * @returns {Kind[]}
 */
export function kinds(asked, hasDriver = existsSync('/proc/driver/nvidia/version')) {
  for (const kind of asked) {
    if (!Object.hasOwn(PACKAGES, kind)) throw new NativeError(`expected cpu or gpu, received '${kind}'`);
  }
  if (asked.length > 0) return /** @type {Kind[]} */ ([...new Set(asked)]);
  return hasDriver ? ['cpu', 'gpu'] : ['cpu'];
}

/**
 * Makes an installed tfjs-node (cpu) or tfjs-node-gpu (gpu) run. One that runs already, whoever built it, is left as it is.
 *
 * @param {Kind} kind
 * @param {string} project the folder whose node_modules has the package
 * @param {(line: string) => void} say
 * @returns {string} the version of libtensorflow
 */
export function makeNative(kind, project, say) {
  const name = PACKAGES[kind];
  const folder = packageFolder(name, project);
  if (folder === undefined)
    throw new NativeError(`${name} is not installed in ${project}; run npm install --ignore-scripts ${name}`);
  const working = loadedVersion(folder);
  if (working !== undefined) {
    say(`${name} runs already`);
    return working;
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new NativeError(
      `only Linux x64 is supported, this is ${process.platform} ${process.arch}; use npm rebuild ${name} or another backend`,
    );
  }
  const library = libtensorflow(kind, say);
  say(`compiling the binding of ${name}`);
  buildAddon(folder, library);
  return /** @type {string} */ (loadedVersion(folder));
}
