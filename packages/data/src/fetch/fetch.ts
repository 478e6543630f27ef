import { LowbitError, suggestNames } from '@lowbit/plugin-api';
import { dataRoot } from '../files.js';
import { CATALOG, type CatalogEntry, type Source } from './catalog.js';
import { diskFailure, download, type DownloadOptions } from './download.js';
import { bytesPresent } from './list.js';
import { tarFiles } from './tar.js';

/** How far a fetch is. */
export interface FetchProgress {
  readonly file: string;
  readonly phase: 'download' | 'unpack';
  /** Bytes of the file that are here, or that are unpacked. */
  readonly done: number;
  readonly total: number;
}

export interface FetchOptions extends Pick<DownloadOptions, 'signal' | 'attempts' | 'retryDelay'> {
  /** The data folder; by default LOWBIT_DATA, else `~/.cache/lowbit/data`. */
  readonly root?: string;
  /** Fetch the files from this address, which holds them by their names, in place of the official ones. */
  readonly baseUrl?: string;
  readonly onProgress?: (progress: FetchProgress) => void;
}

/** What a fetch did. */
export interface Fetched {
  readonly name: string;
  /** Absent for what the package holds itself. */
  readonly folder?: string;
  /** Bytes on disk. */
  readonly bytes: number;
  /** False when all was there already. */
  readonly fetched: boolean;
}

/**
 * Fetches a data set into the data folder, unless it is there. Sizes and checksums are verified before anything is put
 * in its place, each file by one rename. What is interrupted is kept in `.downloads` and gone on with by the next call.
 *
 * @throws LowbitError ('usage') an unknown name, a bad `baseUrl`; ('io') no connection, no such file, a full disk;
 *   ('data') wrong size or checksum, a bad archive; the signal's reason when aborted
 */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<Fetched> {
  const { baseUrl } = options;
  if (baseUrl !== undefined && !URL.canParse(baseUrl)) {
    throw new LowbitError('usage', { what: 'baseUrl is no address', received: baseUrl });
  }
  const root = await dataRoot(options.root);
  if (name === 'digits') return { name, bytes: 0, fetched: false };
  const entry = Object.hasOwn(CATALOG, name) ? CATALOG[name] : undefined;
  if (!entry) {
    const hint = suggestNames(name, Object.keys(CATALOG));
    throw new LowbitError('usage', { what: 'no data set of this name can be fetched', received: name, hint });
  }
  return { name, ...(await fetchEntry(entry, root, options)) };
}

/** Fetches one entry of the catalog. */
export async function fetchEntry(
  entry: CatalogEntry,
  root: string,
  options: FetchOptions = {},
): Promise<Omit<Fetched, 'name'>> {
  const [path, { mkdir, rmdir }] = await Promise.all([import('node:path'), import('node:fs/promises')]);
  const folder = path.join(root, entry.folder);
  const already = await bytesPresent(folder, entry);
  if (already !== undefined) return { folder, bytes: already, fetched: false };
  const downloads = path.join(root, '.downloads');
  for (const place of [downloads, folder]) {
    await mkdir(place, { recursive: true }).catch((cause) => diskFailure(cause, place));
  }
  try {
    for (const source of entry.sources) await fetchSource(source, folder, downloads, options);
  } finally {
    // Both only when empty.
    for (const place of [downloads, folder]) await rmdir(place).catch(() => undefined);
  }
  return { folder, bytes: (await bytesPresent(folder, entry)) ?? 0, fetched: true };
}

async function fetchSource(source: Source, folder: string, downloads: string, options: FetchOptions): Promise<void> {
  const [path, { rm, stat }] = await Promise.all([import('node:path'), import('node:fs/promises')]);
  const { baseUrl, onProgress, ...connection } = options;
  const { file, bytes, members } = source;
  const target = path.join(folder, file);
  if (!members && (await stat(target).catch(() => undefined))?.size === bytes) return;
  const part = path.join(downloads, `${path.basename(folder)}.${file}.part`);
  const urls = baseUrl === undefined ? source.urls : [`${baseUrl.replace(/\/*$/, '/')}${file}`];
  const onBytes = (done: number): void => onProgress?.({ file, phase: 'download', done, total: bytes });
  await download({ ...source, urls }, part, { ...connection, onBytes });
  if (!members) return place(part, target);
  try {
    await unpack(part, members, folder, options);
  } catch (error) {
    // An archive that is bad though it is the right one stays bad; any other failure can use it again.
    if (error instanceof LowbitError && error.code === 'data') await rm(part);
    throw error;
  }
  await rm(part);
}

/** Puts a whole file in its place. */
async function place(file: string, target: string): Promise<void> {
  const { rename } = await import('node:fs/promises');
  await rename(file, target).catch((cause) => diskFailure(cause, target));
}

/** Takes `members` out of a tar.gz: all into temporary files first, so that a bad archive puts nothing in its place. */
async function unpack(
  archive: string,
  members: Readonly<Record<string, number>>,
  folder: string,
  { onProgress, signal }: FetchOptions,
): Promise<void> {
  const [path, { createReadStream }, { createGunzip }, { pipeline }, { open, rm }] = await Promise.all([
    import('node:path'),
    import('node:fs'),
    import('node:zlib'),
    import('node:stream'),
    import('node:fs/promises'),
  ]);
  const total = Object.values(members).reduce((sum, bytes) => sum + bytes, 0);
  const temporary = (member: string): string => path.join(folder, `.${member}.tmp`);
  const missing = new Set(Object.keys(members));
  let done = 0;
  const bytes = createGunzip();
  // Whoever reads `bytes` is told what goes wrong.
  pipeline(createReadStream(archive), bytes, () => undefined);
  try {
    for await (const { name, size, body } of tarFiles(bytes, archive)) {
      const member = name.slice(name.lastIndexOf('/') + 1);
      if (name !== `${path.basename(folder)}/${member}` || !missing.has(member)) continue;
      if (size !== members[member]) {
        throw new LowbitError('data', {
          what: `wrong size in archive, not ${members[member]} bytes`,
          where: `${archive}: ${name}`,
          received: size,
        });
      }
      const target = await open(temporary(member), 'w').catch((cause) => diskFailure(cause, temporary(member)));
      try {
        for await (const piece of body) {
          signal?.throwIfAborted();
          await target.appendFile(piece).catch((cause) => diskFailure(cause, temporary(member)));
          onProgress?.({ file: member, phase: 'unpack', done: (done += piece.length), total });
        }
        await target.sync().catch((cause) => diskFailure(cause, temporary(member)));
      } finally {
        await target.close();
      }
      missing.delete(member);
    }
    const [lacking] = missing;
    if (lacking !== undefined) throw new LowbitError('data', { what: `archive lacks ${lacking}`, where: archive });
    for (const member of Object.keys(members)) await place(temporary(member), path.join(folder, member));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_')) {
      throw new LowbitError(
        'data',
        { what: 'gzip data is truncated or corrupted', where: archive, received: cause.message },
        { cause },
      );
    }
    throw cause;
  } finally {
    bytes.destroy();
    for (const member of Object.keys(members)) await rm(temporary(member), { force: true });
  }
}
