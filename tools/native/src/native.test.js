import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadedVersion, packageFolder } from './addon.js';
import { cacheFolder } from './library.js';
import { kinds, makeNative, sources } from './native.js';

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
    ['an unknown source', ['--from', 'apt'], /^error: --from is upstream or wheel, received 'apt'\n$/],
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

  it.runIf(linux)('goes on to the wheel where the installer fails', () => {
    const npm = `echo '* Downloading'; echo "throw er; // Unhandled 'error' event"; echo 'Error: no such host' >&2; exit 1`;
    const { stderr, status } = native(project(), { npm });
    expect(stderr.split('\n')).toEqual([
      'trying the installer of @tensorflow/tfjs-node itself',
      'the installer of @tensorflow/tfjs-node failed: Error: no such host',
      'taking libtensorflow from the TensorFlow wheel',
      'fetching tensorflow-cpu==2.15.1 through pip (207 MB)',
      'error: there is no python3, install it with pip (Debian: apt install python3-pip)',
      '',
    ]);
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

describe('makeNative', () => {
  /**
   * What it says and gives, with a made-up addon that an installer may bring.
   *
   * @param {Partial<import('./native.js').Means> & { upstream?: string, wheel?: string, reason?: string }} means versions that each
   *   source brings
   */
  async function make({ upstream, wheel, reason, ...means }) {
    project();
    const installed = path.join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
    /** @type {string[]} */
    const said = [];
    /** @type {string | undefined} */
    let version;
    const result = await makeNative('cpu', folder, (line) => void said.push(line), {
      system: 'linux x64',
      loadedVersion: () => version,
      installUpstream: async () => {
        version = upstream;
        mkdirSync(path.join(installed, 'deps'), { recursive: true });
        return reason;
      },
      installWheel: () => {
        expect(readdirSync(installed)).toEqual(['package.json']);
        version = wheel;
      },
      ...means,
    }).catch((error) => `error: ${error.message}`);
    return [...said, result];
  }

  const trying = 'trying the installer of @tensorflow/tfjs-node itself';
  const taking = 'taking libtensorflow from the TensorFlow wheel';
  const failed = 'the installer of @tensorflow/tfjs-node failed: no such host';

  it('takes what the package installs by itself', async () => {
    expect(await make({ upstream: '2.9.1' })).toEqual([
      trying,
      '@tensorflow/tfjs-node runs on what its installer has fetched',
      '2.9.1',
    ]);
    expect(await make({ upstream: '2.9.1', system: 'win32 x64' })).toHaveLength(3);
  });

  it('takes the wheel, says why, and leaves nothing of the installer there', async () => {
    expect(await make({ reason: 'no such host', wheel: '2.15.1' })).toEqual([trying, failed, taking, '2.15.1']);
  });

  it('does not trust an installer that says that all is well', async () => {
    const why = 'the installer of @tensorflow/tfjs-node failed: the addon that it made does not load';
    expect(await make({ wheel: '2.15.1' })).toEqual([trying, why, taking, '2.15.1']);
  });

  it('tries what it is told to alone', async () => {
    expect(await make({ sources: ['wheel'], wheel: '2.15.1' })).toEqual([taking, '2.15.1']);
    expect(await make({ sources: ['upstream'], reason: 'no such host' })).toEqual([trying, `error: ${failed}`]);
  });

  it('says both reasons where the wheel is for another system', async () => {
    const only = 'the TensorFlow wheel serves Linux x64 alone, this is linux arm64; use another backend';
    const system = 'linux arm64';
    expect(await make({ reason: 'no such host', system })).toEqual([trying, `error: ${failed}; ${only}`]);
    expect(await make({ sources: ['wheel'], system })).toEqual([`error: ${only}`]);
  });

  it('leaves no addon that does not load', async () => {
    const installed = path.join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
    const installWheel = () => mkdirSync(path.join(installed, 'lib'));
    const said = await make({ sources: ['wheel'], installWheel });
    expect(said.at(-1)).toMatch(/^error: the addon of @tensorflow\/tfjs-node was built but does not load/);
    expect(readdirSync(installed)).toEqual(['package.json']);
  });
});

describe('sources', () => {
  it('are the one asked for, else both', () => {
    expect(sources(undefined)).toEqual(['upstream', 'wheel']);
    expect(sources('wheel')).toEqual(['wheel']);
    expect(() => sources('apt')).toThrow("--from is upstream or wheel, received 'apt'");
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
