import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { findChromium, HOW_TO_GET } from './find-chromium.js';
import type { ThreadsReport } from './threads-page.js';

const ORIGIN = 'http://localhost';
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

let browser: Browser | undefined;
let script: string;
beforeAll(async () => {
  const executablePath = findChromium();
  if (executablePath === undefined) return;
  browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('threads-page.ts', import.meta.url))],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    conditions: ['@lowbit/source'],
    write: false,
  });
  script = outputFiles[0]!.text;
});
afterAll(() => browser?.close());

/** The report of a page that is served with some headers, from the page itself or from a worker in it. */
async function report(context: TestContext, headers: Record<string, string>, inWorker = false): Promise<ThreadsReport> {
  const page = await (browser ?? context.skip(`no Chromium; ${HOW_TO_GET}`)).newPage();
  try {
    await page.route(`${ORIGIN}/**`, (route) => {
      const isScript = new URL(route.request().url()).pathname === '/page.js';
      const page = isScript
        ? { contentType: 'text/javascript', body: script }
        : { contentType: 'text/html', body: '<script src="/page.js"></script>' };
      return route.fulfill({ ...page, headers: { ...headers, 'Content-Type': page.contentType } });
    });
    await page.goto(ORIGIN, { waitUntil: 'load' });
    return await page.evaluate((inWorker) => {
      const { threadsReport } = globalThis as unknown as { threadsReport: () => Promise<ThreadsReport> };
      if (!inWorker) return threadsReport();
      const worker = new Worker('/page.js');
      return new Promise<ThreadsReport>((resolve) => (worker.onmessage = ({ data }) => resolve(data as ThreadsReport)));
    }, inWorker);
  } finally {
    await page.close();
  }
}

it('in an isolated page threads share a model', async (context) => {
  const expected = { isIsolated: true, isWindow: true, threads: 3, isSame: true, warnings: [] };
  expect(await report(context, ISOLATION)).toEqual(expected);
});

it('in a worker of an isolated page too', async (context) => {
  const expected = { isIsolated: true, isWindow: false, threads: 3, isSame: true, warnings: [] };
  expect(await report(context, ISOLATION, true)).toEqual(expected);
});

it('in any other page a model runs on one thread, and says why', async (context) => {
  expect(await report(context, {})).toEqual({
    ...{ isIsolated: false, isWindow: true, threads: 1, isSame: true },
    warnings: [expect.stringContaining('the page is not cross-origin isolated; serve it with the headers')],
  });
});

it('where a policy forbids their code, threads are done without', async (context) => {
  const policy = { 'Content-Security-Policy': "worker-src 'self'" };
  expect(await report(context, { ...ISOLATION, ...policy })).toEqual({
    ...{ isIsolated: true, isWindow: true, threads: 1, isSame: true },
    warnings: [expect.stringContaining("a content security policy must allow 'blob:'")],
  });
});
