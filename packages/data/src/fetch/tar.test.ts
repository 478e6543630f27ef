import { describe, expect, it } from 'vitest';
import { tarArchive, type TarEntry } from '../testing/formats.js';
import { tarFiles } from './tar.js';

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}

/** The names and contents of an archive's files; `read` says which bodies to read. */
async function unpack(
  bytes: Uint8Array,
  pieces = 700,
  read = (_name: string) => true,
): Promise<[string, string | undefined][]> {
  const found: [string, string | undefined][] = [];
  for await (const { name, body } of tarFiles(inPieces(bytes, pieces), 'a.tar')) {
    const parts: Uint8Array[] = [];
    if (read(name)) for await (const part of body) parts.push(part);
    found.push([name, read(name) ? Buffer.concat(parts).toString() : undefined]);
  }
  return found;
}

const long = 'x'.repeat(1500);
const entries: TarEntry[] = [
  { name: 'd/', type: '5' },
  { name: 'd/a.txt', body: Buffer.from('hello') },
  { name: 'pax', type: 'x', body: Buffer.from('20 mtime=1234567.89\n') },
  { name: './d/b.txt', body: Buffer.from(long) },
  { name: 'd/link', type: '2' },
  { name: 'c.txt', prefix: 'deep/down', body: Buffer.alloc(512, 'c') },
  { name: 'empty' },
];

describe('tarFiles', () => {
  it.each([1, 511, 512, 513, 100_000])('reads the regular files, in pieces of %i bytes', async (pieces) => {
    expect(await unpack(tarArchive(entries), pieces)).toEqual([
      ['d/a.txt', 'hello'],
      ['d/b.txt', long],
      ['deep/down/c.txt', 'c'.repeat(512)],
      ['empty', ''],
    ]);
  });

  it('skips what is not read', async () => {
    const found = await unpack(tarArchive(entries), 600, (name) => name === 'deep/down/c.txt');
    expect(found.map(([, body]) => body?.length)).toEqual([undefined, undefined, 512, undefined]);
  });

  it.each(['../evil', 'd/../../evil', '/etc/evil', 'd\\..\\evil'])('refuses the name %s', async (name) => {
    await expect(unpack(tarArchive([{ name, body: Buffer.from('x') }]))).rejects.toThrow(
      'a name that leads out of its folder',
    );
  });

  it('refuses a truncated archive at every length', async () => {
    const archive = tarArchive([{ name: 'a', body: Buffer.from(long) }]);
    for (const length of [0, 100, 512, 700, 2047, 2048]) {
      await expect(unpack(archive.subarray(0, length))).rejects.toThrow('tar archive is truncated, in a.tar');
    }
  });

  it('refuses a header that was changed', async () => {
    const archive = tarArchive(entries);
    archive[3] = 0x41;
    await expect(unpack(archive)).rejects.toThrow('tar header is corrupted');
  });
});
