#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { NativeError } from '../src/failure.js';
import { kinds, makeNative } from '../src/native.js';

const USAGE = `npm run native [-- cpu | gpu] [--project FOLDER]
Makes @tensorflow/tfjs-node (cpu) and @tensorflow/tfjs-node-gpu (gpu; by default where there is an NVIDIA driver) run on
the libtensorflow of the TensorFlow wheel. What runs already is left as it is. Cache: $LOWBIT_NATIVE_CACHE.`;

try {
  const options = /** @type {const} */ ({ project: { type: 'string' }, help: { type: 'boolean' } });
  const { values, positionals } = parse(options);
  if (values.help) {
    console.log(USAGE);
  } else {
    for (const kind of kinds(positionals)) {
      const version = makeNative(kind, values.project ?? process.cwd(), (line) => console.error(line));
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
