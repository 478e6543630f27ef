import { chromium, type Browser } from 'playwright-core';
import { findChromium, HOW_TO_GET } from './find-chromium.js';

/**
 * Starts a headless Chromium.
 *
 * @throws Error there is none
 */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(`no Chromium; ${HOW_TO_GET}`);
  // its sandbox does not start as root
  return chromium.launch({ executablePath, args: [...args], chromiumSandbox: process.getuid?.() !== 0 });
}
