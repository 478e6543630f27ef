import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'vite';

/** Stands in the service worker for what the plugin puts there. */
const PLACE = '__FILES__';
const WORKER = 'service-worker.js';

/** Tells the service worker which files the page consists of, with a name for the whole of them that changes when one does. */
export function offline(): Plugin {
  let publicDir = '';
  return {
    name: 'offline',
    apply: 'build',
    configResolved(config) {
      ({ publicDir } = config);
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle[WORKER];
        if (worker?.type !== 'chunk') return this.error(`${WORKER} is missing`);
        const built = Object.values(bundle)
          .filter((each) => each !== worker)
          .map((each) => ({ name: each.fileName, content: each.type === 'chunk' ? each.code : each.source }));
        const files = [...built, ...filesIn(publicDir)].sort((a, b) => (a.name < b.name ? -1 : 1));
        const hash = createHash('sha256');
        for (const { name, content } of files) hash.update(name).update(content);
        const list = { version: hash.digest('hex').slice(0, 16), names: files.map(({ name }) => name) };
        worker.code = worker.code.replace(PLACE, () => JSON.stringify(list));
      },
    },
  };
}

function filesIn(folder: string): { name: string; content: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name))
    .map((file) => ({ name: path.relative(folder, file).split(path.sep).join('/'), content: readFileSync(file) }));
}
