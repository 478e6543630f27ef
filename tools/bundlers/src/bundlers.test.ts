import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { findChromium, HOW_TO_GET, launchChromium } from '@lowbit/browser';
import { digits } from '@lowbit/data';
import { install, pack, ROOT } from '@lowbit/packed/place';
import { load } from '@lowbit/runtime';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlers } from './bundle.js';
import { openSite } from './site.js';

const MOST_BYTES = 120_000;
const EXAMPLES = 12;

const model = path.join(ROOT, 'apps/demo/public/models/digits-w1a4.lowbit');
const place = mkdtempSync(path.join(tmpdir(), 'lowbit-bundlers-'));
const app = path.join(place, 'app');
const runtime = path.join(app, 'node_modules/@lowbit/runtime');
let input: number[];
let expected: readonly number[];
let browser: Browser | undefined;

beforeAll(async () => {
  if (findChromium()) browser = await launchChromium();
  const source = path.join(ROOT, 'packages/runtime');
  if (!existsSync(path.join(source, 'dist'))) throw new Error('the runtime is not built; npx nx build @lowbit/runtime');
  cpSync(fileURLToPath(new URL('app', import.meta.url)), app, { recursive: true });
  install(app, [pack(source, place)]);
  const { inputs } = await (await digits()).splits.test.read([...Array(EXAMPLES).keys()]);
  input = [...inputs.data];
  // the sources, here
  const here = await load(readFileSync(model));
  const outputs = await here.run({ [here.inputs[0]!.name]: Float32Array.from(input) });
  expected = [...new Uint32Array(outputs[here.outputs[0]!.name]!.buffer)];
  here.dispose();
});
afterAll(async () => {
  await browser?.close();
  rmSync(place, { recursive: true, force: true });
});

const PROGRAM = `const model = await load(process.argv[1]);
  const outputs = await model.run({ [model.inputs[0].name]: Float32Array.from(JSON.parse(process.argv[2])) });
  const bits = Array.from(new Uint32Array(outputs[model.outputs[0].name].buffer));
  process.stdout.write(JSON.stringify(bits));
  model.dispose();`;

it.each([
  ['module', `import { load } from '@lowbit/runtime'; ${PROGRAM}`],
  ['commonjs', `const { load } = require('@lowbit/runtime'); (async () => { ${PROGRAM} })()`],
])('the packed runtime gives the same bits in Node, as %s', async (type, program) => {
  const args = [`--input-type=${type}`, '-e', program, model, JSON.stringify(input)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: app });
  expect(JSON.parse(stdout)).toEqual(expected);
});

describe.each(Object.keys(bundlers))('the packed runtime by %s', (name) => {
  const out = path.join(place, name);
  beforeAll(async () => {
    mkdirSync(out);
    await bundlers[name]!(app, out);
  });

  it('is small', () => {
    const folder = name === 'cdn' ? path.join(runtime, 'dist') : out;
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    // the page's script and the worker's have the runtime each
    for (const file of files) {
      const { byteLength } = gzipSync(readFileSync(path.join(folder, file)));
      expect(byteLength, `${file}, gzipped`).toBeLessThanOrEqual(MOST_BYTES);
    }
    expect(files.length).toBeGreaterThan(0);
  });

  it.for([false, true])('gives the bits of Node in Chromium, cross-origin isolated: %s', async (isolated, context) => {
    if (!browser) return context.skip(`no Chromium; ${HOW_TO_GET}`);
    const site = await openSite(browser, { folder: out, model, runtime, isolated });
    try {
      for (const where of ['onMain', 'inWorker'] as const) {
        for (const simd of isolated ? [undefined] : [undefined, 'plain']) {
          const { bits, simd: ran } = await site.classify(where, input, simd);
          expect(bits, `${where}, ${simd}`).toEqual(expected);
          expect(ran).toBe(simd ?? 'relaxed');
        }
      }
      expect(site.complaints).toEqual([]);
    } finally {
      await site.close();
    }
  });
});
