import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';

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
  const common = {
    root: fileURLToPath(new URL('../../', import.meta.url)),
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    logLevel: 'warn',
  } as const;
  await build({ ...common, build: { outDir, emptyOutDir: true } });
  const server = await preview({ ...common, build: { outDir }, preview: { port: 0, host: 'localhost' } });
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
