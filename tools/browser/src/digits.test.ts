import { pickBackend } from '@lowbit/backends';
import { expect, it } from 'vitest';
import { trainDigits } from './digits.js';
import { findChromium, HOW_TO_GET } from './find-chromium.js';
import { openPage } from './open-page.js';

it('training in Chromium gives the bits that it gives in Node', async (context) => {
  if (!findChromium()) return context.skip(`no Chromium; ${HOW_TO_GET}`);
  const page = await openPage();
  const inPage = await page.call('digitsOnWasm', 1).finally(() => page.close());
  await pickBackend('wasm', { simd: 'plain' });
  const here = await trainDigits(1);
  expect(here.losses.length).toBe(2 * Math.ceil(3823 / 64));
  expect(inPage.losses).toEqual(here.losses);
  expect(inPage.weights).toBe(here.weights);
  expect(inPage.testAccuracy).toBe(here.testAccuracy);
});
