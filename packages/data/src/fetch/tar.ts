import { LowbitError } from '@lowbit/plugin-api';

const BLOCK = 512;

/** A regular file in a tar archive. */
export interface TarFile {
  readonly name: string;
  readonly size: number;
  /** Its bytes, in pieces; what is left unread is skipped. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Reads the regular files of a tar archive (POSIX.1-1988 ustar, and what GNU tar and pax add for names of ordinary
 * length). Folders, links and extended headers are passed over.
 *
 * @param archive what messages call it
 * @throws LowbitError ('data') a truncated archive, a bad header, a name that leads out of the folder
 */
export async function* tarFiles(bytes: AsyncIterable<Uint8Array>, archive: string): AsyncGenerator<TarFile> {
  const input = new Pieces(bytes);
  const bad = (what: string, received?: string): LowbitError =>
    new LowbitError('data', { what, where: archive, received });
  const pieces = async function* (length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      const piece = await input.take(left);
      if (!piece) throw bad('tar archive is truncated');
      left -= piece.length;
      yield piece;
    }
  };
  for (;;) {
    const header = new Uint8Array(BLOCK);
    let filled = 0;
    for await (const piece of pieces(BLOCK)) {
      header.set(piece, filled);
      filled += piece.length;
    }
    if (header.every((byte) => byte === 0)) return;
    if (!checksumHolds(header)) throw bad('tar header is corrupted');
    const name = entryName(header);
    if (name.startsWith('/') || name.includes('\\') || name.split('/').includes('..')) {
      throw bad('tar archive holds a name that leads out of its folder', name);
    }
    const size = octal(header, 124, 12);
    if (!Number.isSafeInteger(size)) throw bad('tar header has no size', name);
    const body = pieces(size);
    const type = header[156]!;
    if (type === 0 || type === 0x30) yield { name: name.replace(/^(\.\/)+/, ''), size, body };
    for await (const unread of body) void unread;
    for await (const padding of pieces((BLOCK - (size % BLOCK)) % BLOCK)) void padding;
  }
}

function entryName(header: Uint8Array): string {
  const ustar = text(header, 257, 6).startsWith('ustar');
  const prefix = ustar ? text(header, 345, 155) : '';
  return prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`;
}

/** The sum of the header's bytes, those of the sum itself counted as spaces. */
function checksumHolds(header: Uint8Array): boolean {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  return sum === octal(header, 148, 8);
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, start: number, length: number): number {
  const digits = text(header, start, length).trim();
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
}

/** Bytes that arrive in pieces of any size, taken in pieces of at most a wanted size. */
class Pieces {
  readonly #source: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Between 1 and `most` bytes, or undefined at the end. */
  async take(most: number): Promise<Uint8Array | undefined> {
    while (this.#piece.length === 0) {
      const next = await this.#source.next();
      if (next.done) return undefined;
      this.#piece = next.value;
    }
    const taken = this.#piece.subarray(0, most);
    this.#piece = this.#piece.subarray(taken.length);
    return taken;
  }
}
