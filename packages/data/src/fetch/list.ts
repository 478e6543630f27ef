import { dataRoot } from '../files.js';
import { CATALOG, neededFiles, type CatalogEntry } from './catalog.js';

/** What `lowbit data list` shows of a data set. */
export interface ListedDataset {
  readonly name: string;
  readonly title: string;
  readonly present: boolean;
  /** The folder that it is in or would be fetched to; `undefined` for one inside the package. */
  readonly folder?: string;
  /** Bytes on disk when present, else bytes to fetch. */
  readonly bytes: number;
  readonly licence: string;
  readonly homepage: string;
}

/** The data sets that need no path of the user's, each with whether its files are in the data folder. */
export async function listDatasets({ root }: { readonly root?: string } = {}): Promise<ListedDataset[]> {
  const { PACKED } = await import('../generated/digits.js');
  const digits: ListedDataset = {
    name: 'digits',
    title: 'Optical recognition of handwritten digits, 8×8',
    present: true,
    bytes: PACKED.length,
    licence: 'CC BY 4.0',
    homepage: 'https://doi.org/10.24432/C50P49',
  };
  const place = await dataRoot(root);
  const fetched = Object.entries(CATALOG).map(([name, entry]) => listed(name, entry, place));
  return [digits, ...(await Promise.all(fetched))];
}

async function listed(name: string, entry: CatalogEntry, root: string): Promise<ListedDataset> {
  const path = await import('node:path');
  const { title, licence, homepage, sources } = entry;
  const folder = path.join(root, entry.folder);
  const onDisk = await bytesPresent(folder, entry);
  const toFetch = sources.reduce((sum, { bytes }) => sum + bytes, 0);
  return { name, title, present: onDisk !== undefined, folder, bytes: onDisk ?? toFetch, licence, homepage };
}

/** The size of a data set's files, gzipped or not; undefined unless all are there. */
export async function bytesPresent(folder: string, entry: CatalogEntry): Promise<number | undefined> {
  const [path, { stat }] = await Promise.all([import('node:path'), import('node:fs/promises')]);
  let bytes = 0;
  for (const file of neededFiles(entry)) {
    const plain = path.join(folder, file.replace(/\.gz$/, ''));
    const found = (await stat(plain).catch(() => undefined)) ?? (await stat(`${plain}.gz`).catch(() => undefined));
    if (!found?.isFile()) return undefined;
    bytes += found.size;
  }
  return bytes;
}
