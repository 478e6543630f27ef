import { createRequire } from 'node:module';
import { findChromium, HOW_TO_GET, launchChromium } from '@lowbit/browser';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { coloursModel } from './testing/colours.js';
import { draw, SEVEN, THREE } from './testing/draw.js';
import { serve, type Served } from './testing/serve.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

describe.skipIf(!findChromium())(`the page in Chromium (else: ${HOW_TO_GET})`, () => {
  let server: Served;
  let browser: Browser;
  let page: Page;
  let heard: string[];
  beforeAll(async () => void ([server, browser] = await Promise.all([serve(), launchChromium()])));
  afterAll(async () => void (await Promise.all([browser.close(), server.close()])));

  beforeEach(async () => {
    page = await browser.newPage();
    heard = [];
    page.on('console', (message) => void (message.type() === 'error' && heard.push(message.text())));
    page.on('pageerror', (error) => void heard.push(error.message));
    await page.goto(server.url);
    await page.locator('body.ready').waitFor();
  });
  afterEach(async () => {
    await page.context().close();
    expect(heard).toEqual([]);
  });

  const answers = () => page.locator('article:not([hidden]) .answer').allTextContents();
  const said = (text: RegExp) => page.locator('#status', { hasText: text }).waitFor({ state: 'attached' });

  /** Drops a file onto the page. */
  async function drop(name: string, type: string, bytes: Uint8Array): Promise<void> {
    const transfer = await page.evaluateHandle(
      ({ name, type, bytes }) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
        return transfer;
      },
      { name, type, bytes: [...bytes] },
    );
    for (const event of ['dragover', 'drop']) await page.dispatchEvent('body', event, { dataTransfer: transfer });
  }

  /** A PNG of what a function draws on a canvas, made by the browser. */
  async function png(width: number, height: number, paint: string): Promise<Uint8Array> {
    const bytes = await page.evaluate(
      async ({ width, height, paint }) => {
        const canvas = new OffscreenCanvas(width, height);
        const context = canvas.getContext('2d')!;
        new Function('context', paint)(context);
        return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
      },
      { width, height, paint },
    );
    return Uint8Array.from(bytes);
  }

  /** What axe-core finds wrong. */
  async function violations(): Promise<string[]> {
    await page.addScriptTag({ path: AXE });
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  it('reads what is drawn with a mouse, wherever and however large, and clears it', async () => {
    await draw(page, THREE);
    await said(/^W1A4 reads 3, .* Float twin reads 3, /);
    expect(await answers()).toEqual(['3', '3']);
    await page.getByRole('button', { name: 'Clear' }).click();
    await said(/^Nothing is drawn/);
    expect(await answers()).toEqual(['–', '–']);
    await draw(page, SEVEN);
    await said(/^W1A4 reads 7, .* Float twin reads 7, /);
  });

  it('says what both networks cost', async () => {
    const costs = page.locator('#cost-table');
    await page.getByRole('button', { name: "The test set's digit 4" }).click();
    await costs.locator('td.float', { hasText: /^\d+\.\d+ ms$/ }).waitFor();
    const text = await costs.innerText();
    expect(text).toMatch(/File\s+32,200 bytes\s+272,128 bytes\s+8.5× smaller/);
    expect(text).toMatch(/One classification\s+\d\.\d+ ms\s+\d\.\d+ ms/);
    expect(text).toMatch(/Memory: arena of activations\s+[\d,]+ bytes/);
    expect(await page.locator('#host').innerText()).toMatch(
      /(plain|relaxed) SIMD, (one thread|\d+ threads), in a worker\.$/,
    );
    const layers = await page.locator('#layers-table').innerText();
    expect(layers).toMatch(
      /group1\/block0\/pointwise2\s+1 bit\s+4 bits\s+integers\s+2,048\s+33,792\s+4×4×128\s+conv2d/,
    );
  });

  it('can be used by keys alone', async () => {
    const chooser = page.waitForEvent('filechooser');
    const focused = () => page.evaluate(() => document.activeElement!.id || document.activeElement!.ariaLabel);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter'); // the link past the heading
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('pad');
    // a one: down from where the pen is
    await page.keyboard.press('Space');
    for (let i = 0; i < 14; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await said(/^W1A4 reads 1, .* Float twin reads 1, /);
    await page.keyboard.press('Backspace');
    await said(/^Nothing is drawn/);
    for (let i = 0; i < 9; i++) await page.keyboard.press('Tab');
    expect(await focused()).toBe("The test set's digit 8");
    await page.keyboard.press('Enter');
    await said(/^W1A4 reads 8, .* Float twin reads 8, /);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('clear');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await (await chooser).setFiles({ name: 'text.png', mimeType: 'image/png', buffer: Buffer.from('no image') });
    await page.getByRole('alert').filter({ hasText: 'no image that the browser can read' }).waitFor();
  });

  it('reads a digit in an image that is dropped', async () => {
    const zero = "context.fillStyle = '#123'; context.fillRect(0, 0, 300, 200); context.strokeStyle = '#eee';";
    const ellipse = 'context.lineWidth = 14; context.ellipse(90, 100, 35, 60, 0, 0, 7); context.stroke();';
    await drop('zero.png', 'image/png', await png(300, 200, zero + ellipse));
    await said(/^W1A4 reads 0, .* Float twin reads 0, /);
  });

  it('takes a packed network that is dropped, and classifies images by it', async () => {
    await drop('colours.lowbit', '', coloursModel());
    await page.getByText('It is scaled to 32×32 pixels, in colours').waitFor();
    expect(await page.locator('#layers-table').innerText()).toMatch(/scores\s+32 bits\s+32 bits\s+float/);
    const paint = "context.fillStyle = 'rgb(90, 120, 80)'; context.fillRect(0, 0, 640, 480)";
    await drop('meadow.png', 'image/png', await png(640, 480, paint));
    await said(/^colours.lowbit sees green, /);
    expect(await answers()).toEqual(['green']);
    expect(await violations()).toEqual([]);
    await page.getByRole('button', { name: 'Back to the page’s own network' }).click();
    expect(await answers()).toEqual(['–', '–']);
  });

  it('names what is in a photograph, and goes back to digits', async () => {
    await page.getByRole('button', { name: 'Photographs' }).click();
    await page.getByText('airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toMatch(
      /^Drop a photograph\.\s+Four bits a weight/,
    );
    const sea =
      "context.fillStyle = '#8bd'; context.fillRect(0, 0, 320, 320); context.fillStyle = '#248'; context.fillRect(0, 190, 320, 130);";
    const ship =
      "context.fillStyle = '#a22'; context.fillRect(60, 150, 200, 50); context.fillStyle = '#eee'; context.fillRect(120, 100, 80, 50);";
    await drop('ship.png', 'image/png', await png(320, 320, sea + ship));
    await said(/^W4A4 sees \w+, .* Float twin sees \w+, /);
    const costs = page.locator('#cost-table');
    await costs.locator('td.float', { hasText: /^\d+\.\d+ ms$/ }).waitFor();
    expect(await costs.innerText()).toMatch(/File\s+1\d\d,\d\d\d bytes\s+1,098,784 bytes\s+\d\.\d× smaller/);
    expect(await violations()).toEqual([]);
    await page.getByRole('button', { name: 'Digits', exact: true }).click();
    await draw(page, THREE);
    await said(/^W1A4 reads 3, .* Float twin reads 3, /);
  });

  it('says what is wrong with a file', async () => {
    await drop('broken.lowbit', '', coloursModel().slice(0, -5));
    await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
    await page.getByRole('button', { name: "The test set's digit 2" }).click();
    await said(/^W1A4 reads 2, /);
    expect(await page.getByRole('alert').innerText()).toBe('');
  });

  it.each(['light', 'dark'] as const)('has nothing that axe-core finds fault with, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await draw(page, THREE);
    await said(/reads 3/);
    expect(await violations()).toEqual([]);
  });

  it('fits on a narrow screen', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await draw(page, THREE);
    await said(/reads 3/);
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths[0]).toBeLessThanOrEqual(widths[1]!);
  });

  it('works without a network once it has been loaded, isolated by itself', async () => {
    await page.getByText('it works without a network from now on').waitFor();
    await server.stop();
    await page.reload();
    await page.locator('body.ready').waitFor();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await draw(page, THREE);
    await said(/^W1A4 reads 3, /);
  });
});
