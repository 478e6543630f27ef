import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import * as browser from './browser.js';
import * as node from './index.js';

it('the entry for browsers has all but what needs files', () => {
  const missing = Object.keys(node).filter((name) => !(name in browser));
  const needsFiles = [
    'trainRun',
    'runFolder',
    'RUN_FILES',
    'loadRun',
    'readRun',
    'readRunCheckpoint',
    'readWeights',
    'writeAtomically',
  ];
  expect(missing.sort()).toEqual([...needsFiles, 'decodeCheckpoint', 'encodeCheckpoint'].sort());
  for (const [name, value] of Object.entries(browser)) expect(value).toBe((node as Record<string, unknown>)[name]);
});

it('a page that trains is bundled without any setting', async () => {
  const { outputFiles, warnings } = await build({
    stdin: {
      contents: `import { train } from '@lowbit/training'; globalThis.train = train;`,
      resolveDir: path.dirname(fileURLToPath(import.meta.url)),
    },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    conditions: ['@lowbit/source'],
    write: false,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  expect(outputFiles[0]!.text).not.toMatch(/experiment\.json/); // a run folder's file
});
