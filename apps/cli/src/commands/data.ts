import { bytes } from '@lowbit/display';
import { Command } from 'commander';
import { command, type Finish, type Outcome } from '../command.js';
import { dataRoot } from '../data-root.js';
import { EXIT } from '../errors.js';
import { showFetch } from '../fetch-progress.js';
import { onInterrupt } from '../interrupt.js';
import type { Io } from '../io.js';
import { table } from '../table.js';

export function dataCommand(finish: Finish): Command {
  const list = command('list', 'the data sets that need no path, and whether they are here', finish, listData);
  const fetch = command<FetchOptions>('fetch', 'fetch a data set, unless it is here', finish, fetchData)
    .argument('<name>', 'as `lowbit data list` calls it')
    .option('--base-url <url>', 'fetch its files from here and not from their publisher');
  return new Command('data')
    .description('data sets; they live in LOWBIT_DATA, else in ~/.cache/lowbit/data')
    .addCommand(list)
    .addCommand(fetch);
}

async function listData(): Promise<Outcome> {
  const { listDatasets } = await import('@lowbit/data');
  const datasets = await listDatasets({ root: dataRoot() });
  const rows = datasets.map(({ name, present, folder, bytes: size, licence, title }) => [
    name,
    present ? (folder ?? 'inside the package') : `to fetch: lowbit data fetch ${name}`,
    bytes(size),
    licence,
    title,
  ]);
  return { result: { datasets }, text: table(['name', 'where', 'size', 'licence', 'what'], rows, [2]) };
}

interface FetchOptions {
  readonly baseUrl?: string;
}

async function fetchData(io: Io, { baseUrl }: FetchOptions, name: string): Promise<Outcome> {
  const { fetchDataset } = await import('@lowbit/data');
  const interrupt = onInterrupt(() => undefined);
  const progress = showFetch(io);
  try {
    const { signal } = interrupt;
    const result = await fetchDataset(name, { root: dataRoot(), baseUrl, signal, onProgress: progress.tell });
    const { fetched, folder } = result;
    const text =
      folder === undefined
        ? `${name} come inside the package: there is nothing to fetch`
        : `${name} ${fetched ? 'is now' : 'was already'} in ${folder}, ${bytes(result.bytes)}`;
    return { result, text };
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    const text = `interrupted; 'lowbit data fetch ${name}' goes on where it stopped`;
    return { result: { name, interrupted: true }, text, exitCode: EXIT.interrupted };
  } finally {
    progress.stop();
    interrupt.dispose();
  }
}
