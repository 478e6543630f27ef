import { LowbitError } from '@lowbit/plugin-api';

/**
 * The folder that data sets live in: `root`, else the environment's LOWBIT_DATA, else `~/.cache/lowbit/data`.
 */
export async function dataRoot(root?: string): Promise<string> {
  const [path, os] = await Promise.all([import('node:path'), import('node:os')]);
  return path.resolve(root || process.env.LOWBIT_DATA || path.join(os.homedir(), '.cache', 'lowbit', 'data'));
}

/** The bytes of a data file, and its path for messages. */
export interface DataFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads a file of a data set, whole. Gzip is undone, whatever the name; `NAME.gz` is read where `NAME` is absent.
 *
 * @param file path inside the data folder
 * @param dataset name that `lowbit data fetch` knows it by
 * @param most the most bytes it may unpack to
 * @throws LowbitError ('data') missing, not whole, larger than `most`; ('io') unreadable
 */
export async function readDataFile(root: string, file: string, dataset: string, most: number): Promise<DataFile> {
  const path = await import('node:path');
  const plain = path.join(root, file);
  for (const candidate of [plain, `${plain}.gz`]) {
    const bytes = await readIfPresent(candidate);
    if (bytes) return { path: candidate, bytes: await unpacked(bytes, candidate, dataset, most) };
  }
  throw new LowbitError('data', {
    what: 'data file missing',
    where: plain,
    hint: `run 'lowbit data fetch ${dataset}', or set LOWBIT_DATA to the folder that holds ${path.dirname(file)}`,
  });
}

/** A LowbitError about the content of a data file. */
export function badFile(what: string, path: string, received: unknown, dataset: string): LowbitError {
  return new LowbitError('data', {
    what,
    where: path,
    received,
    hint: `delete it and run 'lowbit data fetch ${dataset}'`,
  });
}

async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new LowbitError('io', { what: 'cannot read a data file', where: path, received: code }, { cause });
  }
}

/** None of the formats read here can begin with gzip's magic bytes: 0x1f is no label and no IDX magic. */
async function unpacked(bytes: Uint8Array, path: string, dataset: string, most: number): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const [{ gunzip }, { promisify }] = await Promise.all([import('node:zlib'), import('node:util')]);
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: most });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const what =
      code === 'ERR_BUFFER_TOO_LARGE' ? `it unpacks to more than ${most} bytes` : 'gzip data is truncated or corrupted';
    throw new LowbitError('data', { ...badFile(what, path, code, dataset).parts }, { cause });
  }
}
