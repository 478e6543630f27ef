import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { NativeError, run } from './failure.js';

/** @typedef {'cpu' | 'gpu'} Kind */

/**
 * The wheels that libtensorflow comes from. tfjs-node 4.22 was made for 2.9.1, but the library in that wheel wants 187 symbols
 * of CPython, which would have to be faked; that of 2.15.1 wants none. The wheel is only unpacked, so its Python version does
 * not matter.
 *
 * @type {Record<Kind, { requirement: string, sha256: string, megabytes: number }>}
 */
const WHEELS = {
  cpu: {
    requirement: 'tensorflow-cpu==2.15.1',
    sha256: 'ba9503db2c5357ea21938555323581fbdabf3d051b6bc1b5f73c5b0ae034d077',
    megabytes: 207,
  },
  gpu: {
    requirement: 'tensorflow==2.15.1',
    sha256: 'ea290e435464cf0794f657b48786e5fa413362abe55ed771c172c25980d070ce',
    megabytes: 475,
  },
};

/** Where libraries are kept between runs: $LOWBIT_NATIVE_CACHE, else lowbit/native in the user's cache folder. */
export function cacheFolder(env = process.env) {
  return (
    env.LOWBIT_NATIVE_CACHE ?? path.join(env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'lowbit', 'native')
  );
}

/**
 * The folder with `lib/` and `include/` of libtensorflow, taken from the cache or from the TensorFlow wheel through pip.
 *
 * @param {Kind} kind
 * @param {(line: string) => void} say
 * @returns {string}
 */
export function libtensorflow(kind, say) {
  const { requirement, sha256, megabytes } = WHEELS[kind];
  const cache = cacheFolder();
  const folder = path.join(cache, requirement.replace('==', '-'));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(path.join(cache, 'tmp-'));
  try {
    say(`fetching ${requirement} through pip (${megabytes} MB)`);
    download(`${requirement} --hash=sha256:${sha256}\n`, temporary);
    const wheel = readdirSync(temporary).find((name) => name.endsWith('.whl'));
    if (!wheel) throw new NativeError(`pip fetched no wheel for ${requirement}; run it again with a newer pip`);
    say('unpacking libtensorflow');
    const unpacked = path.join(temporary, 'unpacked');
    const unpack = fileURLToPath(new URL('unpack.py', import.meta.url));
    python([unpack, path.join(temporary, wheel), unpacked], `cannot unpack ${wheel}`);
    renameSync(unpacked, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

/**
 * pip checks the file against the pinned hash.
 *
 * @param {string} requirement
 * @param {string} folder
 */
function download(requirement, folder) {
  python(['-m', 'pip', '--version'], 'python3 has no pip, install it (Debian: apt install python3-pip)');
  const list = path.join(folder, 'requirements.txt');
  writeFileSync(list, requirement);
  const platform = ['--platform', 'manylinux2014_x86_64', '--implementation', 'cp', '--python-version', '3.10'];
  const args = [
    '-m',
    'pip',
    'download',
    '-q',
    '--no-cache-dir',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
  ];
  python([...args, ...platform, '-d', folder, '-r', list], 'pip cannot fetch the TensorFlow wheel');
}

/**
 * @param {readonly string[]} args
 * @param {string} failed
 */
function python(args, failed) {
  run('python3', args, {
    missing: 'there is no python3, install it with pip (Debian: apt install python3-pip)',
    failed,
  });
}
