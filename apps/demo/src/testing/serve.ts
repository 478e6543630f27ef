import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { preview } from 'vite';

const DEMO = fileURLToPath(new URL('../../', import.meta.url));
const VITE = path.join(path.dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js');

/** The page, built into a temporary folder and served. */
export interface Served {
  readonly url: string;
  /** Stops the server, without which the page is offline. */
  stop(): Promise<void>;
  /** Stops it and removes the folder. */
  close(): Promise<void>;
}

export async function serve(): Promise<Served> {
  const outDir = await mkdtemp(path.join(tmpdir(), 'lowbit-demo-'));
  // in a process of its own, since Vite builds for tests where the environment says that it is one
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, [VITE, 'build', '--outDir', outDir], { cwd: DEMO, env });
  const server = await preview({
    root: DEMO,
    logLevel: 'warn',
    build: { outDir },
    preview: { port: 0, host: 'localhost' },
  });
  const stop = async () => {
    if (server.httpServer.listening) await server.close();
  };
  return {
    url: server.resolvedUrls!.local[0]!,
    stop,
    async close() {
      await stop();
      await rm(outDir, { recursive: true, force: true });
    },
  };
}
