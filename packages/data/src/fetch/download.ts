import { LowbitError } from '@lowbit/plugin-api';
import type { Source } from './catalog.js';

/** How a download goes on. */
export interface DownloadOptions {
  /** Called with the bytes of the file that are here. */
  readonly onBytes?: (received: number) => void;
  readonly signal?: AbortSignal;
  /** Attempts at each address; 4 by default. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt, doubled before each further one; 500 by default. */
  readonly retryDelay?: number;
}

/** A failure of the connection or of the server, after which another attempt may do better. */
class Interrupted extends Error {}

/** An answer that this address will give again. */
class Refused extends Error {
  constructor(readonly error: LowbitError) {
    super(error.message);
  }
}

/**
 * Downloads a file to `part`, going on where an interrupted download stopped, and checks its size and checksum. When it
 * returns, `part` is whole and on the disk. When it throws, `part` is either a beginning to go on from or gone (as it
 * is when the disk is full).
 *
 * @throws LowbitError ('io') no address has it, the connection breaks again and again, the disk is full; ('data') wrong
 *   size or checksum; the signal's reason when aborted
 */
export async function download(source: Source, part: string, options: DownloadOptions = {}): Promise<void> {
  const { attempts = 4, retryDelay = 500, signal } = options;
  let failure: Interrupted | Refused | undefined;
  for (const url of source.urls) {
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) await pause(retryDelay * 2 ** (attempt - 1), signal);
      try {
        return await attemptDownload(source, url, part, options);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof Interrupted || error instanceof Refused)) throw error;
        failure = error;
        if (error instanceof Refused) break;
      }
    }
  }
  if (failure instanceof Refused) throw failure.error;
  const what = failure?.message ?? 'no address to download from';
  const hint = 'check the connection and run it again: it goes on where it stopped';
  throw new LowbitError('io', { what, where: source.urls.at(-1), hint }, { cause: failure?.cause });
}

async function attemptDownload(source: Source, url: string, part: string, options: DownloadOptions): Promise<void> {
  const resumed = await receive(source, url, part, options);
  if (await checksumHolds(source, part)) return;
  await remove(part);
  // What was there before may have been the beginning of another version: once more from the start.
  if (resumed) throw new Interrupted('wrong checksum after going on with an earlier download');
  throw refusal('data', 'wrong checksum', url, undefined, `its MD5 should be ${source.md5}; try again later`);
}

/** Receives what is missing of `part`; says whether something was there already. */
async function receive(
  source: Source,
  url: string,
  part: string,
  { onBytes, signal }: DownloadOptions,
): Promise<boolean> {
  const have = await partSize(part, source.bytes);
  onBytes?.(have);
  if (have === source.bytes) return true;
  const response = await request(url, have, signal);
  const from = response.status === 206 ? have : 0;
  try {
    checkResponse(response, url, source.bytes, have);
    const received = await save(response, part, from, source.bytes, onBytes);
    if (received < source.bytes) {
      throw new Interrupted(`the connection ended after ${received} of ${source.bytes} bytes`);
    }
    if (received > source.bytes) {
      await remove(part);
      throw wrongSize(url, source.bytes, `more than ${source.bytes}`);
    }
  } catch (error) {
    if (error instanceof WrongRange) await remove(part);
    throw error;
  } finally {
    await response.body?.cancel().catch(() => undefined);
  }
  return from > 0;
}

/** Writes a response's bytes behind the first `from` of `part`; gives the size that it has then. */
async function save(
  response: Response,
  part: string,
  from: number,
  bytes: number,
  onBytes?: (received: number) => void,
): Promise<number> {
  const { open } = await import('node:fs/promises');
  const file = await open(part, from > 0 ? 'a' : 'w').catch((cause) => diskFailure(cause, part));
  const written = async (work: Promise<void>): Promise<void> => {
    await work.catch(async (cause) => {
      await remove(part);
      diskFailure(cause, part);
    });
  };
  let received = from;
  try {
    for await (const piece of pieces(response, bytes, from)) {
      received += piece.length;
      if (received > bytes) return received;
      await written(file.appendFile(piece));
      onBytes?.(received);
    }
    await written(file.sync());
    return received;
  } finally {
    await file.close();
  }
}

async function request(url: string, have: number, signal?: AbortSignal): Promise<Response> {
  // An encoding would be undone on the way and change the bytes; a range of it would not be a range of the file.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (have > 0) headers.range = `bytes=${have}-`;
  try {
    return await fetch(url, { headers, signal });
  } catch (cause) {
    throw new Interrupted('no connection', { cause });
  }
}

/** The part that is here is of no use to this server. */
class WrongRange extends Interrupted {}

/** A server may ignore the range from byte `have` that it was asked for, and begin at 0. */
function checkResponse({ status, ok, headers }: Response, url: string, bytes: number, have: number): void {
  if (status === 416) throw new WrongRange(`the server has nothing after byte ${have}`);
  if (status >= 500 || status === 429 || status === 408) throw new Interrupted(`the server answered ${status}`);
  if (!ok) throw refusal('io', `the server answered ${status}`, url, undefined, 'give another address as base URL');
  const start = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1];
  if (status === 206 && Number(start) !== have)
    throw new WrongRange(`the server sent another range than from byte ${have}`);
  const length = headers.get('content-length');
  const total = (status === 206 ? have : 0) + Number(length);
  if (length !== null && total !== bytes) throw wrongSize(url, bytes, total);
}

function wrongSize(url: string, bytes: number, received: unknown): Refused {
  return refusal('data', `wrong size, not ${bytes} bytes`, url, received, 'try again later');
}

function refusal(code: 'io' | 'data', what: string, where: string, received: unknown, hint: string): Refused {
  return new Refused(new LowbitError(code, { what, where, received, hint }));
}

async function* pieces(response: Response, bytes: number, from: number): AsyncGenerator<Uint8Array> {
  const reader = response.body!.getReader();
  let received = from;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new Interrupted(`the connection broke after ${received} of ${bytes} bytes`, { cause });
      });
      if (done) return;
      received += value.length;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

/** Turns what the file system says into an error that names the file. */
export function diskFailure(cause: unknown, path: string): never {
  const { code } = cause as NodeJS.ErrnoException;
  const hint =
    code === 'ENOSPC' ? 'the disk is full: make room or set LOWBIT_DATA to another folder' : 'check the folder';
  throw new LowbitError('io', { what: 'cannot write a file', where: path, received: code, hint }, { cause });
}

/** The bytes of `part` that are here; more than the file has is none of it. */
async function partSize(part: string, bytes: number): Promise<number> {
  const { stat } = await import('node:fs/promises');
  const size = await stat(part).then(
    (found) => found.size,
    () => 0,
  );
  return size <= bytes ? size : 0;
}

async function checksumHolds({ md5 }: Source, part: string): Promise<boolean> {
  const [{ createHash }, { createReadStream }] = await Promise.all([import('node:crypto'), import('node:fs')]);
  const hash = createHash('md5');
  for await (const piece of createReadStream(part)) hash.update(piece as Uint8Array);
  return hash.digest('hex') === md5;
}

async function remove(path: string): Promise<void> {
  const { rm } = await import('node:fs/promises');
  await rm(path, { force: true });
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const { setTimeout } = await import('node:timers/promises');
  await setTimeout(milliseconds, undefined, { signal }).catch(() => signal?.throwIfAborted());
}
