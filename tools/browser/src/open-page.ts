import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { launchChromium } from './launch-chromium.js';
import type { Page } from './page.js';

/** A page of Chromium's in which `page.ts` runs. */
export interface OpenPage {
  /** The browser's version. */
  readonly version: string;
  /** Calls one of the functions of `page.ts`; arguments and results are plain JSON. */
  call<Name extends keyof Page>(name: Name, ...args: Parameters<Page[Name]>): Promise<Awaited<ReturnType<Page[Name]>>>;
  close(): Promise<void>;
}

/** Nobody listens there: what the page asks for is answered here. It counts as secure, as crypto.subtle and WebGPU want it. */
const ORIGIN = 'http://localhost';

const WASM = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json')),
  'wasm-out',
);

/**
 * Starts a headless Chromium and opens the page in it. Software rendering stands in for a GPU.
 *
 * @throws Error there is no Chromium; what goes wrong in the page
 */
export async function openPage(): Promise<OpenPage> {
  const [script, browser] = await Promise.all([
    bundle(),
    launchChromium(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']),
  ]);
  try {
    const page = await browser.newPage();
    const failures: Error[] = [];
    // a GPU's complaints come as warnings, and what it computes is then wrong
    const warnings: string[] = [];
    page.on('console', (message) => void (message.type() === 'warning' && warnings.push(message.text())));
    page.on('pageerror', (error) => failures.push(error));
    await page.route(`${ORIGIN}/**`, (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname.startsWith('/wasm/')) return route.fulfill({ path: path.join(WASM, path.basename(pathname)) });
      if (pathname === '/page.js') return route.fulfill({ contentType: 'text/javascript', body: script });
      return route.fulfill({ contentType: 'text/html', body: '<script type="module" src="/page.js"></script>' });
    });
    await page.goto(ORIGIN, { waitUntil: 'load' });
    if (failures.length > 0) throw failures[0]!;
    return {
      version: browser.version(),
      async call(name, ...args) {
        const result = await page.evaluate(
          ([name, args]) => {
            const { page } = globalThis as unknown as { page: Record<string, (...args: unknown[]) => never> };
            return page[name]!(...args);
          },
          [name, args] as const,
        );
        const heard = warnings.splice(0);
        if (heard.length > 0) throw new Error(`the page warns: ${heard.join('; ')}`);
        return result;
      },
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    conditions: ['@lowbit/source'],
    write: false,
  });
  return outputFiles[0]!.text;
}
