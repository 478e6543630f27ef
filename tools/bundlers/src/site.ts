import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page, Route } from 'playwright-core';
import { CDN } from './bundle.js';

/** Nobody listens there: what the page asks for is answered here. It counts as secure. */
const ORIGIN = 'http://localhost';

const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** Folders that a site is served from. */
export interface Site {
  readonly folder: string;
  readonly model: string;
  /** The installed package, which the CDN has. */
  readonly runtime: string;
  /** Whether the page may share memory with workers. */
  readonly isolated: boolean;
}

/** What an app gives; see `app/classify.js`. */
interface Classified {
  readonly bits: readonly number[];
  readonly simd: string;
}

/** A page with a bundled app. */
export interface OpenSite {
  classify(where: 'onMain' | 'inWorker', input: readonly number[], simd: string | undefined): Promise<Classified>;
  /** What the page and its browser complained of. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export async function openSite(browser: Browser, { folder, model, runtime, isolated }: Site): Promise<OpenSite> {
  const context = await browser.newContext();
  const complaints: string[] = [];
  const fulfill = (route: Route, file: string, headers: Record<string, string>) =>
    existsSync(file) ? route.fulfill({ path: file, headers }) : route.fulfill({ status: 404, headers });
  await context.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    const file = pathname === '/model.lowbit' ? model : path.join(folder, pathname === '/' ? 'index.html' : pathname);
    // the browser asks for an icon by itself
    if (pathname === '/favicon.ico') return route.fulfill({ status: 204 });
    return fulfill(route, file, isolated ? ISOLATION : {});
  });
  await context.route(`${CDN}/**`, (route) =>
    fulfill(route, path.join(runtime, route.request().url().slice(CDN.length)), { 'access-control-allow-origin': '*' }),
  );
  const page: Page = await context.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', ({ message }) => complaints.push(message));
  await page.goto(ORIGIN, { waitUntil: 'load' });
  return {
    classify: (where, input, simd) =>
      page.evaluate(
        ([where, url, input, simd]) => {
          const app = globalThis as unknown as Record<string, (...args: unknown[]) => Promise<Classified>>;
          return app[where]!(url, input, simd);
        },
        [where, `${ORIGIN}/model.lowbit`, input, simd] as const,
      ),
    complaints,
    close: () => context.close(),
  };
}
