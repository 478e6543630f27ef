import { LowbitError } from '@lowbit/plugin-api';
import { appendFile, mkdir, open, readFile, rename, rm, truncate } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a file so that at every moment there is the old one or the new one, whole: a temporary file beside it, fsync, rename.
 *
 * @throws LowbitError ('io') what the file system refused; nothing half-written is left
 */
export async function writeAtomically(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${file}.tmp`;
  await explained(file, async () => {
    await mkdir(path.dirname(file), { recursive: true });
    try {
      await writeAndSync(temporary, content);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(path.dirname(file));
  });
}

async function writeAndSync(file: string, content: Uint8Array | string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; its renames are in the file system's journal
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A file that only grows, by whole records. */
export class RecordFile {
  /** @param size bytes that the file has */
  constructor(
    private readonly file: string,
    private size: number,
  ) {}

  /**
   * @param lasting whether the file must be on the disk before this returns
   * @throws LowbitError ('io') what the file system refused; the file then ends with the record before
   */
  async append(record: Uint8Array, lasting = false): Promise<void> {
    await explained(this.file, async () => {
      try {
        await appendFile(this.file, record, { flush: lasting });
      } catch (error) {
        await truncate(this.file, this.size).catch(() => undefined);
        throw error;
      }
    });
    this.size += record.byteLength;
  }
}

/** The content of a file, or undefined when there is none. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  return explained(file, async () => {
    try {
      return await readFile(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  });
}

/** Removes a file, when there is one. */
export async function remove(file: string): Promise<void> {
  await explained(file, () => rm(file, { force: true }));
}

/** Cuts a file off at `size` bytes. */
export async function cutOff(file: string, size: number): Promise<void> {
  await explained(file, () => truncate(file, size));
}

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, then resume the run',
  EDQUOT: 'the quota is used up: free some space, then resume the run',
  EACCES: 'no permission: choose another folder',
  ENOTDIR: 'part of the path is a file: choose another folder',
  EISDIR: 'there is a folder of that name: choose another place',
  ENAMETOOLONG: 'the name is too long: choose a shorter one',
  EROFS: 'the file system is read-only: choose another folder',
};

/** Runs something and turns what the file system refuses into one clear error. */
export async function explained<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    const hint = HINTS[code] ?? 'the file system refused';
    throw new LowbitError(
      'io',
      { what: 'a file cannot be read or written', where: file, received: message, hint },
      { cause },
    );
  }
}
