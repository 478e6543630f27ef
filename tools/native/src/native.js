import { existsSync } from 'node:fs';
import { buildAddon, loadedVersion, packageFolder } from './addon.js';
import { NativeError } from './failure.js';
import { libtensorflow } from './library.js';
import { clean, installUpstream } from './upstream.js';

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

/** Where libtensorflow and the binding may come from, in the order in which they are tried. */
const SOURCES = /** @type {const} */ (['upstream', 'wheel']);

/** @typedef {typeof SOURCES[number]} Source */

/**
 * What to try: the one source asked for, else both.
 *
 * @param {string | undefined} asked
 * @returns {readonly Source[]}
 */
export function sources(asked) {
  if (asked === undefined) return SOURCES;
  const source = SOURCES.find((each) => each === asked);
  if (!source) throw new NativeError(`--from is upstream or wheel, received '${asked}'`);
  return [source];
}

/**
 * What {@link makeNative} works with.
 *
 * @typedef {object} Means
 * @property {readonly Source[]} sources
 * @property {(folder: string) => string | undefined} loadedVersion
 * @property {(folder: string) => Promise<string | undefined>} installUpstream gives the reason of its failure
 * @property {(kind: Kind, folder: string, say: (line: string) => void) => void} installWheel
 * @property {string} system as in 'linux x64'
 */

/** @type {Means} */
const MEANS = {
  sources: SOURCES,
  loadedVersion,
  installUpstream,
  installWheel,
  system: `${process.platform} ${process.arch}`,
};

/**
 * Makes an installed tfjs-node (cpu) or tfjs-node-gpu (gpu) run. One that runs already, whoever built it, is left as it is; else
 * the package's own installer is tried, and where that fails the TensorFlow wheel.
 *
 * @param {Kind} kind
 * @param {string} project the folder whose node_modules has the package
 * @param {(line: string) => void} say
 * @param {Partial<Means>} [means]
 * @returns {Promise<string>} the version of libtensorflow
 */
export async function makeNative(kind, project, say, means = {}) {
  const { sources, loadedVersion, installUpstream, installWheel, system } = { ...MEANS, ...means };
  const name = PACKAGES[kind];
  const folder = packageFolder(name, project);
  if (folder === undefined)
    throw new NativeError(`${name} is not installed in ${project}; run npm install --ignore-scripts ${name}`);
  const working = loadedVersion(folder);
  if (working !== undefined) {
    say(`${name} runs already`);
    return working;
  }
  let failure = '';
  if (sources.includes('upstream')) {
    say(`trying the installer of ${name} itself`);
    const reason = await installUpstream(folder);
    const version = reason === undefined ? loadedVersion(folder) : undefined;
    if (version !== undefined) {
      say(`${name} runs on what its installer has fetched`);
      return version;
    }
    failure = `the installer of ${name} failed: ${reason ?? 'the addon that it made does not load'}`;
    clean(folder);
  }
  if (!sources.includes('wheel')) throw new NativeError(failure);
  if (system !== 'linux x64') {
    const only = `the TensorFlow wheel serves Linux x64 alone, this is ${system}`;
    throw new NativeError(`${failure ? `${failure}; ` : ''}${only}; use another backend`);
  }
  if (failure) say(failure);
  say('taking libtensorflow from the TensorFlow wheel');
  installWheel(kind, folder, say);
  const version = loadedVersion(folder);
  if (version !== undefined) return version;
  clean(folder);
  throw new NativeError(`the addon of ${name} was built but does not load; is its libtensorflow for this system?`);
}

/** @type {Means['installWheel']} */
function installWheel(kind, folder, say) {
  const library = libtensorflow(kind, say);
  say(`compiling the binding of ${PACKAGES[kind]}`);
  buildAddon(folder, library);
}
