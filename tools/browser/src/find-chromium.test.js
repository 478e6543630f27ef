import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { findChromium } from './find-chromium.js';

it('finds the Chromium that the environment names, else the first on the PATH', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lowbit-chromium-'));
  const add = (/** @type {string} */ name, mode = 0o755) => {
    writeFileSync(path.join(folder, name), '');
    chmodSync(path.join(folder, name), mode);
    return path.join(folder, name);
  };
  const PATH = ['/nowhere', folder].join(path.delimiter);
  try {
    expect(findChromium({ PATH })).toBeUndefined();
    add('chromium', 0o644);
    expect(findChromium({ PATH })).toBeUndefined();
    const chrome = add('google-chrome');
    expect(findChromium({ PATH })).toBe(chrome);
    const mine = add('mine');
    expect(findChromium({ PATH, LOWBIT_CHROMIUM: mine })).toBe(mine);
    expect(findChromium({ PATH, LOWBIT_CHROMIUM: path.join(folder, 'none') })).toBeUndefined();
    expect(findChromium({})).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
