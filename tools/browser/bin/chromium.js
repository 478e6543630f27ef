#!/usr/bin/env node
// Says where Chromium is, and has Debian's package manager install it where there is none.
import { spawnSync } from 'node:child_process';
import { findChromium } from '../src/find-chromium.js';

const found = findChromium() ?? install();
if (typeof found === 'string') {
  console.log(found);
} else {
  console.error(`error: no Chromium is on the PATH and it cannot be installed: ${found.why}`);
  process.exitCode = 1;
}

/** @returns {string | { why: string }} */
function install() {
  if (process.getuid?.() !== 0) return { why: 'that needs root (sudo apt-get install chromium)' };
  const apt = (/** @type {string[]} */ ...args) => spawnSync('apt-get', args, { encoding: 'utf8', env });
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', 'chromium'];
  let result = apt(...install);
  if (result.error) return { why: 'there is no apt-get here' };
  if (result.status !== 0) {
    apt('update'); // the lists of a fresh container are empty
    result = apt(...install);
  }
  const last = result.stderr.trim().split('\n').at(-1);
  return findChromium() ?? { why: `apt-get says: ${last}` };
}
