#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { NativeError } from '../src/failure.js';
import { kinds, makeNative, sources } from '../src/native.js';

const USAGE = `npm run native [-- cpu | gpu] [--from upstream | wheel] [--project FOLDER]
Makes @tensorflow/tfjs-node (cpu) and @tensorflow/tfjs-node-gpu (gpu; by default where there is an NVIDIA driver) run: by the
package's own installer (upstream), else on the libtensorflow of the TensorFlow wheel. What runs already is left as it is. Cache:
$LOWBIT_NATIVE_CACHE.`;

try {
  const string = /** @type {const} */ ({ type: 'string' });
  const options = /** @type {const} */ ({ from: string, project: string, help: { type: 'boolean' } });
  const { values, positionals } = parse(options);
  if (values.help) {
    console.log(USAGE);
  } else {
    const means = { sources: sources(values.from) };
    const say = (/** @type {string} */ line) => console.error(line);
    for (const kind of kinds(positionals)) {
      const version = await makeNative(kind, values.project ?? process.cwd(), say, means);
      console.log(`${kind}: libtensorflow ${version}`);
    }
  }
} catch (error) {
  if (!(error instanceof NativeError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}

/**
 * @template {import('node:util').ParseArgsConfig['options']} T
 * @param {T} options
 */
function parse(options) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (cause) {
    throw new NativeError(`${/** @type {Error} */ (cause).message}; see --help`, { cause });
  }
}
