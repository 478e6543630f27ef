import { bytesPerElement, DTYPES, elementCount, elements, isDtype, type Dtype, type SafeTensor } from './dtypes.js';
import { SafetensorsError } from './error.js';
import { isObject, parseStrictJson } from './json.js';
import { checkKey, checkText, METADATA } from './names.js';

/** The tensors and the metadata of a file. Both are objects without a prototype, so that no name finds an inherited member. */
export interface Safetensors {
  /** In the order of their bytes in the file. */
  readonly tensors: Record<string, SafeTensor>;
  readonly metadata: Record<string, string>;
}

export interface ReadOptions {
  /** The longest header that is read, in bytes; 100,000,000 by default, as in the reference implementation. */
  readonly maxHeaderBytes?: number;
}

/** Where a tensor's bytes are in the data that follows the header. */
interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors, "Format") and trusts nothing in it. The tensors are
 * views into `bytes` where their addresses allow it (always, for files that this package or the reference wrote, when
 * `bytes` starts at a multiple of 8), else copies. Assumes a little-endian host.
 *
 * @throws SafetensorsError a header that is too long, not UTF-8, not a strict JSON object, gives a name twice, uses
 *   `__proto__` or an unknown element type; a shape that does not fit its bytes; bytes that are shared, unused or missing
 */
export function readSafetensors(bytes: Uint8Array, { maxHeaderBytes = 100_000_000 }: ReadOptions = {}): Safetensors {
  const { header, data } = split(bytes, maxHeaderBytes);
  const { [METADATA]: metadata = {}, ...rest } = header;
  const entries = Object.entries(rest).map(([name, entry]) => checkEntry(name, entry));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, data.byteLength);
  const tensors = Object.create(null) as Record<string, SafeTensor>;
  for (const { name, dtype, shape, begin, end } of entries) {
    tensors[name] = { dtype, shape, data: elements(dtype, data.subarray(begin, end)) } as SafeTensor;
  }
  return { tensors, metadata: checkMetadata(metadata) };
}

function split(bytes: Uint8Array, maxHeaderBytes: number): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.byteLength < 8)
    throw new SafetensorsError(`the file is too short for a header, received ${bytes.byteLength} bytes`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes))
    throw new SafetensorsError(`the header is too long, received ${length} bytes, at most ${maxHeaderBytes} are read`);
  const start = 8 + Number(length);
  if (start > bytes.byteLength)
    throw new SafetensorsError(`the file ends inside its header, received ${bytes.byteLength} bytes of ${start}`);
  if (bytes[8] !== 0x7b || length === 0n)
    throw new SafetensorsError("the header does not start with '{', not a safetensors file");
  return { header: parseStrictJson(decodeUtf8(bytes.subarray(8, start))), data: bytes.subarray(start) };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SafetensorsError('the header is not valid UTF-8', { cause });
  }
}

function checkEntry(name: string, entry: unknown): Entry {
  checkKey(name, 'the header');
  const where = `tensor ${JSON.stringify(name)}`;
  const fail = (what: string, received: unknown): never => {
    throw new SafetensorsError(
      `${what}, in ${where}, received ${(JSON.stringify(received) ?? 'nothing').slice(0, 120)}`,
    );
  };
  if (!isObject(entry)) return fail('a tensor must be an object', entry);
  const { dtype, shape, data_offsets: offsets, ...rest } = entry;
  if (Object.keys(rest).length > 0) return fail('unknown key', Object.keys(rest)[0]);
  if (!isDtype(dtype)) return fail(`dtype must be one of ${DTYPES.join(', ')}`, dtype);
  const count = elementCount(shape);
  if (count === undefined) return fail('shape must be a list of sizes with a countable number of elements', shape);
  if (!isOffsets(offsets)) return fail('data_offsets must be [begin, end] with 0 ≤ begin ≤ end', offsets);
  const [begin, end] = offsets;
  const size = bytesPerElement(dtype);
  if (count * size !== end - begin)
    return fail(
      `shape [${(shape as number[]).join(', ')}] of ${dtype} does not take the ${end - begin} bytes`,
      offsets,
    );
  return { name, dtype, shape: shape as number[], begin, end };
}

function isOffsets(value: unknown): value is [number, number] {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((offset) => Number.isSafeInteger(offset) && offset >= 0) &&
    value[0] <= value[1]
  );
}

/** The tensors, ordered by offset, must cover the data: no gap, no overlap, nothing left over. */
function checkCoverage(entries: readonly Entry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      const what = begin < covered ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw new SafetensorsError(
        `tensor ${JSON.stringify(name)} ${what}, received offset ${begin}, expected ${covered}`,
      );
    }
    if (end > dataBytes)
      throw new SafetensorsError(
        `tensor ${JSON.stringify(name)} ends outside the file, received offset ${end} of ${dataBytes}; the file is cut short`,
      );
    covered = end;
  }
  if (covered !== dataBytes)
    throw new SafetensorsError(`bytes follow the last tensor, received ${dataBytes - covered} of them`);
}

function checkMetadata(value: unknown): Record<string, string> {
  if (!isObject(value)) throw new SafetensorsError(`the metadata is not an object, in ${METADATA}`);
  const metadata = Object.create(null) as Record<string, string>;
  for (const [key, text] of Object.entries(value)) {
    checkKey(key, METADATA);
    if (typeof text !== 'string')
      throw new SafetensorsError(`metadata ${JSON.stringify(key)} is not text, received ${typeof text}`);
    checkText(text, METADATA);
    metadata[key] = text;
  }
  return metadata;
}
