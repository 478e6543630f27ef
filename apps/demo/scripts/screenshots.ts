// npm run screenshots -w @lowbit/demo -- FOLDER [PHOTOGRAPH]: how the built page looks, wide, narrow and dark, with a digit and a photograph.
import path from 'node:path';
import { launchChromium } from '@lowbit/browser';
import { draw, THREE } from '../src/testing/draw.js';
import { serve } from '../src/testing/serve.js';

const [folder = 'screenshots', photograph] = process.argv.slice(2);
const LOOKS = [
  { name: 'wide', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  { name: 'narrow', viewport: { width: 390, height: 844 }, colorScheme: 'light', deviceScaleFactor: 2 },
] as const;

const [server, browser] = await Promise.all([serve(), launchChromium()]);
try {
  for (const { name, ...look } of LOOKS) {
    const page = await browser.newPage(look);
    await page.goto(server.url);
    await page.locator('body.ready').waitFor();
    await draw(page, THREE);
    await page.locator('#cost-table td.float', { hasText: ' ms' }).waitFor();
    await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
    await page.getByRole('button', { name: 'Photographs' }).click();
    await page.getByText('Four bits a weight').waitFor();
    if (photograph) {
      await page.locator('#file').setInputFiles(photograph);
      await page.locator('#cost-table td.float', { hasText: ' ms' }).waitFor();
    }
    await page.screenshot({ path: path.join(folder, `photographs-${name}.png`), fullPage: true });
    await page.close();
  }
} finally {
  await Promise.all([browser.close(), server.close()]);
}
