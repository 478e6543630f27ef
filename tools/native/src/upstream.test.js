import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runBounded } from './bounded.js';
import { installUpstream } from './upstream.js';

/** @type {string} */
let folder;
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'lowbit-native-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('installUpstream', () => {
  /** @type {string} */
  let installed;
  const file = (/** @type {string[]} */ ...names) => path.join(installed, ...names);
  beforeEach(() => {
    installed = path.join(folder, 'tfjs-node');
    mkdirSync(file('deps', 'lib'), { recursive: true });
    writeFileSync(file('deps', 'lib', 'libtensorflow.so.2.9.1'), 'half of it');
    writeFileSync(file('package.json'), '{}\n');
    writeFileSync(file('binding.gyp'), '');
  });

  const outcome = { code: 0, timedOut: false, output: '' };

  it('runs the script `install` of the package, without what an earlier attempt left', async () => {
    const reason = await installUpstream(installed, async (program, args, limit) => {
      expect([program, ...args]).toEqual(['npm', 'run', 'install', '--prefix', installed]);
      expect(limit).toBe(600_000);
      expect(readdirSync(installed)).toEqual(['binding.gyp', 'package.json']);
      mkdirSync(file('lib', 'napi-v8'), { recursive: true });
      return outcome;
    });
    expect(reason).toBeUndefined();
    expect(readdirSync(installed)).toEqual(['binding.gyp', 'lib', 'package.json']);
  });

  it.each([
    [{ code: 1, output: '* Building\nError: no such host\n    at connect' }, 'Error: no such host'],
    [{ code: null, timedOut: true, output: 'Error: x' }, 'it took more than 10 minutes'],
    [{ code: null, output: 'error: spawn npm ENOENT' }, 'error: spawn npm ENOENT'],
    [{ code: 1 }, 'it said nothing'],
  ])('cleans up after one that fails: %o', async (failed, why) => {
    const reason = await installUpstream(installed, async () => {
      for (const name of ['deps', 'lib', 'build', 'build-tmp-napi-v8']) mkdirSync(file(name, 'x'), { recursive: true });
      writeFileSync(file('package.json'), '{ "binary": {} }');
      return { ...outcome, ...failed };
    });
    expect(reason).toBe(why);
    expect(readdirSync(installed)).toEqual(['binding.gyp', 'package.json']);
    expect(readFileSync(file('package.json'), 'utf8')).toBe('{}\n');
  });

  it('leaves the library that a link leads to', async () => {
    const library = path.join(folder, 'library');
    mkdirSync(library);
    writeFileSync(path.join(library, 'libtensorflow.so'), '');
    rmSync(file('deps'), { recursive: true });
    symlinkSync(library, file('deps'));
    await installUpstream(installed, async () => ({ ...outcome, code: 1 }));
    expect(readdirSync(installed)).not.toContain('deps');
    expect(readdirSync(library)).toEqual(['libtensorflow.so']);
  });
});

describe('runBounded', () => {
  const node = (/** @type {string} */ code, limit = 30_000) => runBounded(process.execPath, ['-e', code], limit);

  it('gives the exit code and all that was printed', async () => {
    const { code, timedOut, output } = await node(`console.log('out'); console.error('err'); process.exitCode = 3`);
    expect([code, timedOut, output.split('\n').sort().join(' ').trim()]).toEqual([3, false, 'err out']);
  });

  it('says that there is no such program', async () => {
    const { code, output } = await runBounded(path.join(folder, 'nonesuch'), [], 1000);
    expect([code, output]).toEqual([null, expect.stringContaining('ENOENT')]);
  });

  it.skipIf(process.platform === 'win32')('kills what takes too long, with what that has started', async () => {
    const [ready, late] = ['ready', 'late'].map((name) => path.join(folder, name));
    const child = `const { writeFileSync } = require('fs'); writeFileSync('${ready}', ''); setTimeout(() => writeFileSync('${late}', ''), 3000)`;
    const ran = await node(
      `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' }); setInterval(() => {}, 1000)`,
      1500,
    );
    expect(ran).toMatchObject({ code: null, timedOut: true });
    await wait(2500);
    expect(readdirSync(folder)).toEqual(['ready']);
  });
});
