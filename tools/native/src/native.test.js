import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadedVersion, packageFolder } from './addon.js';
import { cacheFolder } from './library.js';
import { kinds } from './native.js';

const bin = fileURLToPath(new URL('../bin/native.js', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const linux = process.platform === 'linux' && process.arch === 'x64';

/** @type {string} */
let folder;
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'lowbit-native-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Runs the command with only the given programs on the PATH and an empty cache.
 *
 * @param {string[]} args
 * @param {Record<string, string>} [programs] shell scripts by name
 */
function native(args, programs = {}) {
  const bins = path.join(folder, 'bin');
  mkdirSync(bins, { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(path.join(bins, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(bins, name), 0o755);
  }
  const env = { PATH: bins, LOWBIT_NATIVE_CACHE: path.join(folder, 'cache') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', env });
  return { status, stdout, stderr };
}

/** A project with a tfjs-node whose addon is missing. */
function project() {
  const installed = path.join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
  mkdirSync(installed, { recursive: true });
  writeFileSync(path.join(installed, 'package.json'), JSON.stringify({ name: '@tensorflow/tfjs-node' }));
  return ['--project', folder];
}

describe('npm run native', () => {
  it('explains itself', () => {
    const { status, stdout } = native(['--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('npm run native');
  });

  it.each([
    ['an unknown kind', ['tpu'], /^error: expected cpu or gpu, received 'tpu'\n$/],
    ['an unknown option', ['--fast'], /^error: .*--fast.*; see --help\n$/],
  ])('refuses %s', (_name, args, message) => {
    const { status, stderr } = native(args);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('says that the package is not installed', () => {
    const { status, stderr } = native(['--project', folder]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: @tensorflow\/tfjs-node is not installed in .*; run npm install/);
  });

  it.runIf(linux).each([
    ['Python is missing', {}, /error: there is no python3, install it with pip/],
    [
      'pip is missing',
      { python3: 'echo "No module named pip" >&2; exit 1' },
      /error: python3 has no pip, .*: No module named pip\n/,
    ],
    [
      'the download fails',
      { python3: '[ "$3" = --version ] && exit; echo "WARNING: x" >&2; echo "ERROR: hashes differ" >&2; exit 1' },
      /error: pip cannot fetch the TensorFlow wheel: ERROR: hashes differ\n/,
    ],
    ['pip fetches nothing', { python3: 'exit 0' }, /error: pip fetched no wheel for tensorflow-cpu==2.15.1/],
  ])('says that %s, and leaves nothing behind', (_name, programs, message) => {
    const { status, stderr } = native(project(), programs);
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
    expect(readdirSync(path.join(folder, 'cache'))).toEqual([]);
  });

  it.runIf(linux).each([
    ['there is no compiler', {}, /error: there is no C\+\+ compiler, install g\+\+/],
    [
      'it does not compile',
      { 'g++': 'echo "x.cc:1: error: bad" >&2; exit 1' },
      /error: cannot compile the binding of @tensorflow\/tfjs-node: x.cc:1: error: bad\n/,
    ],
    [
      'the addon does not load',
      { 'g++': 'while [ "$1" != -o ]; do shift; done; : > "$2"' },
      /error: the addon of @tensorflow\/tfjs-node was built but does not load/,
    ],
  ])('says that %s', (_name, programs, message) => {
    const headers = path.join(folder, 'cache', 'node_modules', 'node-api-headers', 'include');
    mkdirSync(headers, { recursive: true });
    writeFileSync(path.join(headers, 'node_api.h'), '');
    mkdirSync(path.join(folder, 'cache', 'tensorflow-cpu-2.15.1', 'lib'), { recursive: true });
    const { status, stderr } = native(project(), programs);
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
  });

  it('leaves what runs as it is', (context) => {
    const installed = packageFolder('@tensorflow/tfjs-node', root);
    const version = installed && loadedVersion(installed);
    if (!version) return context.skip('tfjs-node has no addon here; npm run native makes it');
    const { stdout, stderr } = native(['cpu', '--project', root]);
    expect(stdout).toBe(`cpu: libtensorflow ${version}\n`);
    expect(stderr).toBe('@tensorflow/tfjs-node runs already\n');
  });
});

describe('kinds', () => {
  it('are those asked for, else what the machine is good for', () => {
    expect(kinds(['gpu', 'gpu'], false)).toEqual(['gpu']);
    expect(kinds([], false)).toEqual(['cpu']);
    expect(kinds([], true)).toEqual(['cpu', 'gpu']);
  });
});

describe('cacheFolder', () => {
  it('follows the environment', () => {
    expect(cacheFolder({ LOWBIT_NATIVE_CACHE: 'a', XDG_CACHE_HOME: 'b' })).toBe('a');
    expect(cacheFolder({ XDG_CACHE_HOME: 'b' })).toBe(path.join('b', 'lowbit', 'native'));
    expect(cacheFolder({})).toBe(path.join(os.homedir(), '.cache', 'lowbit', 'native'));
  });
});
