import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** A page's script: no modules of Node, no globals of Node. */
const SCRIPT = `
  import { batches, createAugmentations, createNormalization, digits } from './index.js';
  globalThis.result = (async () => {
    const dataset = await digits({ limit: 100 });
    const normalize = await createNormalization(dataset, 'per-channel');
    const augment = createAugmentations(['pad-crop', 'flip']);
    let seen = 0;
    for await (const { inputs } of batches(dataset.splits.train, { batchSize: 32, seed: 7, augment, normalize })) seen += inputs.shape[0];
    return seen + ' of ' + dataset.splits.train.size;
  })();
`;

it('the digits and their batches run in a browser, bundled without any setting', async () => {
  const { outputFiles, warnings } = await build({
    stdin: { contents: SCRIPT, resolveDir: path.dirname(fileURLToPath(import.meta.url)), loader: 'ts' },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    conditions: ['@lowbit/source'],
    write: false,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  const page: { atob: typeof atob; result?: Promise<string> } = { atob };
  runInNewContext(outputFiles[0]!.text, page);
  expect(await page.result).toBe('100 of 100');
});
