import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/folder.js';
import { tinyMnist } from '../testing/formats.js';
import { listDatasets } from './list.js';

describe('listDatasets', () => {
  it('says what is there, where, how large and under which licence', async () => {
    const gzipped = Object.entries(tinyMnist('fashion-mnist')).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]);
    const partial = { 'cifar-10-batches-bin/test_batch.bin': new Uint8Array(5) };
    const root = await temporaryFolder({ ...tinyMnist(), ...Object.fromEntries(gzipped), ...partial });
    const listed = await listDatasets({ root });
    expect(listed.map(({ name, present }) => [name, present])).toEqual([
      ['digits', true],
      ['mnist', true],
      ['fashion-mnist', true],
      ['cifar10', false],
      ['cifar100', false],
    ]);
    expect(listed[1]).toMatchObject({
      folder: `${root}/mnist`,
      bytes: 16 + 20 * 784 + 8 + 20 + 16 + 10 * 784 + 8 + 10,
    });
    expect(listed[3]).toMatchObject({ folder: `${root}/cifar-10-batches-bin`, bytes: 170_052_171 });
    for (const { licence, homepage } of listed) expect([licence, homepage]).not.toContain('');
  });
});
