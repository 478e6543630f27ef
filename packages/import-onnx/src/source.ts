import type { TensorProto } from '@lowbit/onnx-proto';
import { LowbitError } from '@lowbit/plugin-api';
import type { External } from './tensors.js';

/** The bytes of a model, and of the files beside it. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly external: External;
}

/** @throws LowbitError ('io') a file that cannot be read */
export async function readSource(given: Uint8Array | string | URL): Promise<Source> {
  if (given instanceof Uint8Array) return { bytes: given, external: noFile };
  const [{ readFileSync, openSync, readSync, closeSync, fstatSync, realpathSync }, path, { fileURLToPath }] =
    await Promise.all([import('node:fs'), import('node:path'), import('node:url')]);
  const file = given instanceof URL ? fileURLToPath(given) : given;
  const folder = path.dirname(file);
  return { bytes: read(file, () => readFileSync(file)), external };

  function external(tensor: TensorProto, where: string): Uint8Array {
    const entries = new Map(tensor.externalData?.map(({ key = '', value = '' }) => [key, value]));
    const name = entries.get('location') ?? '';
    const [offset, length] = ['offset', 'length'].map((key) => Number(entries.get(key) ?? NaN)) as [number, number];
    const beside = path.resolve(folder, name);
    return read(beside, () => {
      if (!realpathSync(beside).startsWith(realpathSync(folder) + path.sep)) throw outside(where, name);
      const descriptor = openSync(beside, 'r');
      try {
        const { size } = fstatSync(descriptor);
        const begin = Number.isNaN(offset) ? 0 : offset;
        const count = Number.isNaN(length) ? size - begin : length;
        if (![begin, count].every(Number.isSafeInteger) || begin < 0 || count < 0 || begin + count > size) {
          throw new LowbitError('data', {
            what: 'data beyond the end of its file',
            where,
            received: { offset: begin, length: count, size },
          });
        }
        const bytes = new Uint8Array(count);
        let at = 0;
        while (at < count) {
          const taken = readSync(descriptor, bytes, at, count - at, begin + at);
          if (taken === 0) throw new LowbitError('data', { what: 'data beyond the end of its file', where });
          at += taken;
        }
        return bytes;
      } finally {
        closeSync(descriptor);
      }
    });
  }
}

function read<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof LowbitError) throw cause;
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const hint = code === 'ENOENT' ? 'there is no such file' : undefined;
    throw new LowbitError('io', { what: `cannot be read: ${message}`, where: file, hint }, { cause });
  }
}

function outside(where: string, received: string): LowbitError {
  return new LowbitError('data', {
    what: "data outside of the model's folder",
    where,
    received,
    hint: 'put the file beside the model',
  });
}

function noFile(_tensor: TensorProto, where: string): never {
  throw new LowbitError('unsupported', {
    what: 'data that lies in another file',
    where,
    hint: "give the model's path instead of its bytes, or save it with its data inside",
  });
}
