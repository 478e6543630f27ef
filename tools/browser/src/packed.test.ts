import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findChromium, HOW_TO_GET } from './find-chromium.js';
import { openPage, type OpenPage } from './open-page.js';
import { runPacked } from './packed.js';

let page: OpenPage | undefined;
beforeAll(async () => void (page = findChromium() ? await openPage() : undefined));
afterAll(() => page?.close());

const bytes = [...readFileSync(new URL('../../../apps/demo/public/models/digits-w1a4.lowbit', import.meta.url))];

it('the packed digits give the bits of Node in Chromium, by plain and by relaxed SIMD', async (context) => {
  if (!page) return context.skip(`no Chromium; ${HOW_TO_GET}`);
  // not every Node has relaxed SIMD; both give the same bits
  const here = await runPacked(bytes, 'plain');
  expect(here.accuracy).toBeGreaterThanOrEqual(0.97);
  expect(await page.call('runPacked', bytes, 'plain')).toEqual(here);
  expect(await page.call('runPacked', bytes, 'relaxed')).toEqual({ ...here, simd: 'relaxed' });
});
