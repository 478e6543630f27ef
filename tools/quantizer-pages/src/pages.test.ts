import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { mismatches, pageFiles } from './write.js';

const folder = fileURLToPath(new URL('../../../docs/quantizers', import.meta.url));

it('has a page for every quantizer in every role', () => {
  expect(mismatches()).toEqual([]);
});

it('has written what it would write now; else: npm run quantizers', async () => {
  const files = await pageFiles(folder);
  expect(readdirSync(folder).sort()).toEqual([...files.keys()].sort());
  for (const [name, text] of files) expect(readFileSync(`${folder}/${name}`, 'utf8'), name).toBe(text);
});
