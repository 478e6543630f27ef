import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { filesBelow, realData, temporaryFolder } from '../testing/folder.js';
import { tarArchive } from '../testing/formats.js';
import { fileServer, type FileServer, type ServerFaults } from '../testing/server.js';
import type { CatalogEntry, Source } from './catalog.js';
import { fetchDataset, fetchEntry, type FetchOptions, type FetchProgress } from './fetch.js';

const FILE = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
const ARCHIVE = gzipSync(
  tarArchive([
    { name: 'set/', type: '5' },
    { name: 'set/one.bin', body: Buffer.alloc(1000, 1) },
    { name: 'set/readme.html', body: Buffer.from('not needed') },
    { name: 'set/two.bin', body: Buffer.alloc(2000, 2) },
  ]),
);
const MEMBERS = { 'one.bin': 1000, 'two.bin': 2000 };

function source(file: string, bytes: Uint8Array, members?: Record<string, number>): Source {
  return { file, urls: [], bytes: bytes.length, md5: createHash('md5').update(bytes).digest('hex'), members };
}

function entry(...sources: Source[]): CatalogEntry {
  return { folder: 'set', title: 'a set', licence: 'none', homepage: '', sources };
}

const plain = entry(source('data.bin', FILE));
const packed = entry(source('set.tar.gz', ARCHIVE, MEMBERS));

/** Fetches `what` from a server into a new folder. */
async function setUp(what: CatalogEntry, faults: ServerFaults = {}, served: Uint8Array = FILE) {
  const server = await fileServer({ 'data.bin': served, 'set.tar.gz': ARCHIVE }, faults);
  const root = await temporaryFolder();
  const get = (options: FetchOptions = {}) =>
    fetchEntry(what, root, { baseUrl: server.url, retryDelay: 1, ...options });
  return { server, root, get };
}

const part = (root: string): string => path.join(root, '.downloads', 'set.data.bin.part');

async function leavePart(root: string, bytes: Uint8Array): Promise<void> {
  await mkdir(path.dirname(part(root)), { recursive: true });
  await writeFile(part(root), bytes);
}

async function expectWhole(root: string): Promise<void> {
  expect(await filesBelow(root)).toEqual(['set/data.bin']);
  expect((await readFile(path.join(root, 'set/data.bin'))).equals(FILE)).toBe(true);
}

describe('fetchEntry', () => {
  it('puts a file in its place, and asks for nothing that is there', async () => {
    const { server, root, get } = await setUp(plain);
    const progress: FetchProgress[] = [];
    expect(await get({ onProgress: (step) => progress.push(step) })).toEqual({
      folder: path.join(root, 'set'),
      bytes: FILE.length,
      fetched: true,
    });
    await expectWhole(root);
    expect(progress[0]).toEqual({ file: 'data.bin', phase: 'download', done: 0, total: FILE.length });
    expect(progress.at(-1)!.done).toBe(FILE.length);
    expect((await get()).fetched).toBe(false);
    expect(server.requests).toEqual(['data.bin']);
  });

  it('takes the members that are needed out of an archive', async () => {
    const { root, get } = await setUp(packed);
    expect((await get()).bytes).toBe(3000);
    expect(await filesBelow(root)).toEqual(['set/one.bin', 'set/two.bin']);
    expect((await readFile(path.join(root, 'set/two.bin'))).equals(Buffer.alloc(2000, 2))).toBe(true);
  });

  it('goes on by itself when the connection breaks', async () => {
    const { server, root, get } = await setUp(plain, { breakAfter: { bytes: 100_000, times: 2 } });
    await get();
    await expectWhole(root);
    expect(server.requests).toEqual(['data.bin', 'data.bin bytes=100000-', 'data.bin bytes=200000-']);
  });

  it('keeps the beginning when it gives up, and goes on with it next time', async () => {
    const { server, root, get } = await setUp(plain, { breakAfter: { bytes: 1000, times: 2 } });
    await expect(get({ attempts: 2 })).rejects.toMatchObject({ code: 'io' });
    expect(await filesBelow(root)).toEqual(['.downloads/set.data.bin.part']);
    await get();
    await expectWhole(root);
    expect(server.requests.at(-1)).toBe('data.bin bytes=2000-');
  });

  it('says that it goes on', async () => {
    const { get } = await setUp(plain, { breakAfter: { bytes: 1000, times: 9 } });
    await expect(get({ attempts: 1 })).rejects.toThrow('the connection broke after 1000 of 300000 bytes');
    await expect(get({ attempts: 1 })).rejects.toThrow('run it again: it goes on where it stopped');
  });

  it('starts over where the server ignores ranges', async () => {
    const { root, get } = await setUp(plain, { ignoreRange: true, breakAfter: { bytes: 100_000, times: 1 } });
    await get();
    await expectWhole(root);
  });

  it('starts over where the server sends another range', async () => {
    const { server, root, get } = await setUp(plain, { shiftRange: 5, breakAfter: { bytes: 1000, times: 1 } });
    await get();
    await expectWhole(root);
    expect(server.requests).toEqual(['data.bin', 'data.bin bytes=1000-', 'data.bin']);
  });

  it('starts over when what was there before does not fit', async () => {
    const { root, get } = await setUp(plain);
    await leavePart(root, Buffer.alloc(5000, 9));
    await get();
    await expectWhole(root);
  });

  it.each([
    ['of the right size but wrong', Buffer.alloc(FILE.length)],
    ['longer than the file', Buffer.concat([FILE, Buffer.alloc(5)])],
    ['whole', FILE],
  ])('copes with an earlier part that is %s', async (_what, bytes) => {
    const { root, get } = await setUp(plain);
    await leavePart(root, bytes);
    await get();
    await expectWhole(root);
  });

  it('tries again when the server is out of order', async () => {
    const { root, get } = await setUp(plain, { status: { code: 503, times: 2 } });
    await get();
    await expectWhole(root);
  });

  const wrong = Buffer.from(FILE).fill(0, 7, 8).fill(1, 8, 9);
  it.each<[string, ServerFaults, Uint8Array, string, string]>([
    ['another content', {}, wrong, 'data', 'wrong checksum'],
    ['a truncated file', {}, FILE.subarray(0, 4000), 'data', 'wrong size, not 300000 bytes'],
    [
      'a truncated file of no stated length',
      { chunked: true },
      FILE.subarray(0, 4000),
      'io',
      'the server has nothing after byte 4000',
    ],
    ['too long a file', {}, Buffer.concat([FILE, FILE]), 'data', 'received 600000'],
    [
      'too long a file of no stated length',
      { chunked: true },
      Buffer.concat([FILE, FILE]),
      'data',
      "received 'more than 300000'",
    ],
    ['404', { status: { code: 404, times: 9 } }, FILE, 'io', 'the server answered 404'],
    ['503 for ever', { status: { code: 503, times: 99 } }, FILE, 'io', 'the server answered 503'],
  ])('puts nothing in its place when the server has %s', async (_what, faults, served, code, message) => {
    const { root, get } = await setUp(plain, faults, served);
    const failure = await get({ attempts: 2 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'LowbitError', code });
    expect((failure as Error).message).toContain(message);
    expect((await filesBelow(root)).filter((file) => !file.endsWith('.part'))).toEqual([]);
    if (code === 'data') expect(existsSync(part(root))).toBe(false);
  });

  it('reports that nobody answers', async () => {
    const { root } = await setUp(plain);
    const away = fetchEntry(plain, root, { baseUrl: 'http://127.0.0.1:1', attempts: 1 });
    await expect(away).rejects.toThrow('no connection, in http://127.0.0.1:1/data.bin; check the connection');
  });

  it('tries the next address', async () => {
    const [broken, good] = [await fileServer({}), await fileServer({ 'data.bin': FILE })];
    const root = await temporaryFolder();
    const urls = [broken, good].map(({ url }: FileServer) => `${url}data.bin`);
    await fetchEntry(entry({ ...source('data.bin', FILE), urls }), root);
    await expectWhole(root);
  });

  it('stops when told to, and keeps what it has', async () => {
    const { root, get } = await setUp(plain, { breakAfter: { bytes: 100_000, times: 99 } });
    const stop = new AbortController();
    const running = get({
      signal: stop.signal,
      retryDelay: 60_000,
      onProgress: ({ done }) => done >= 100_000 && stop.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
    expect(await filesBelow(root)).toEqual(['.downloads/set.data.bin.part']);
  });

  it.skipIf(!existsSync('/dev/full'))('reports a full disk and leaves nothing', async () => {
    const { root, get } = await setUp(plain);
    await mkdir(path.dirname(part(root)));
    await symlink('/dev/full', part(root));
    await expect(get()).rejects.toThrow(/cannot write a file, in .*\.part, received 'ENOSPC'; the disk is full/);
    expect(await filesBelow(root)).toEqual([]);
  });

  it('reports a folder that cannot be made', async () => {
    const root = await temporaryFolder({ file: new Uint8Array() });
    await expect(fetchEntry(plain, path.join(root, 'file'))).rejects.toMatchObject({ code: 'io' });
  });

  const oneMember = (name: string, bytes: number): Uint8Array =>
    gzipSync(tarArchive([{ name, body: Buffer.alloc(bytes) }]));
  it.each([
    ['lacks a member', oneMember('set/one.bin', 1000), 'archive lacks two.bin'],
    ['has a member of another size', oneMember('set/one.bin', 999), 'wrong size in archive, not 1000 bytes'],
    ['leads out of its folder', oneMember('set/../../one.bin', 1000), 'a name that leads out of its folder'],
    ['is truncated', ARCHIVE.subarray(0, ARCHIVE.length - 12), 'gzip data is truncated or corrupted'],
    ['is no gzip', Buffer.alloc(500, 'x'), 'gzip data is truncated or corrupted'],
  ])('puts nothing in its place when the archive %s', async (_what, archive, message) => {
    const { url } = await fileServer({ 'set.tar.gz': archive });
    const root = await temporaryFolder();
    const got = fetchEntry(entry(source('set.tar.gz', archive, MEMBERS)), root, { baseUrl: url });
    await expect(got).rejects.toMatchObject({ code: 'data' });
    await expect(got).rejects.toThrow(message);
    expect(await readdir(root)).toEqual([]);
  });

  it('stops while unpacking, and goes on with the archive', async () => {
    const { server, root, get } = await setUp(packed);
    const stop = new AbortController();
    const onProgress = ({ phase }: FetchProgress): void => void (phase === 'unpack' && stop.abort(new Error('enough')));
    await expect(get({ signal: stop.signal, onProgress })).rejects.toThrow('enough');
    expect(await filesBelow(root)).toEqual(['.downloads/set.set.tar.gz.part']);
    await get();
    expect(await filesBelow(root)).toEqual(['set/one.bin', 'set/two.bin']);
    expect(server.requests).toEqual(['set.tar.gz']);
  });

  it.skipIf(!existsSync('/dev/full'))('reports a disk that fills up while unpacking', async () => {
    const { root, get } = await setUp(packed);
    await mkdir(path.join(root, 'set'));
    await symlink('/dev/full', path.join(root, 'set/.two.bin.tmp'));
    await expect(get()).rejects.toThrow(/cannot write a file, in .*two\.bin\.tmp, received 'ENOSPC'; the disk is full/);
    expect(await filesBelow(root)).toEqual(['.downloads/set.set.tar.gz.part']);
  });

  it('fetches only the files that are missing', async () => {
    const { server, root } = await setUp(plain);
    const two = entry(source('data.bin', FILE), source('set.tar.gz', ARCHIVE));
    await fetchEntry(plain, root, { baseUrl: server.url });
    await fetchEntry(two, root, { baseUrl: server.url });
    expect(server.requests).toEqual(['data.bin', 'set.tar.gz']);
  });
});

describe('fetchDataset', () => {
  it('has nothing to do for the digits', async () => {
    expect(await fetchDataset('digits')).toMatchObject({ name: 'digits', fetched: false });
  });

  it('refuses a base URL that is none', async () => {
    const fetched = fetchDataset('mnist', { baseUrl: 'mirror', root: await temporaryFolder() });
    await expect(fetched).rejects.toMatchObject({ code: 'usage', parts: { received: 'mirror' } });
  });

  it.each(['cifar', 'toString'])('does not know %s', async (name) => {
    await expect(fetchDataset(name)).rejects.toMatchObject({ code: 'usage' });
    await expect(fetchDataset(name)).rejects.toThrow(`no data set of this name can be fetched, received '${name}'`);
  });

  it('accepts the official files of Fashion-MNIST', async ({ skip }) => {
    const folder = path.join(await realData('fashion-mnist', skip), 'fashion-mnist');
    const names = [
      'train-images-idx3-ubyte.gz',
      'train-labels-idx1-ubyte.gz',
      't10k-images-idx3-ubyte.gz',
      't10k-labels-idx1-ubyte.gz',
    ];
    const files = await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name))]));
    const { url } = await fileServer(Object.fromEntries(files));
    const root = await temporaryFolder();
    expect(await fetchDataset('fashion-mnist', { root, baseUrl: url })).toMatchObject({
      bytes: 30_878_645,
      fetched: true,
    });
    expect(await filesBelow(root)).toEqual(names.map((name) => `fashion-mnist/${name}`).sort());
  });
});
