import { bytesPerElement, DTYPES, elementCount, holds, isDtype, type SafeTensor } from './dtypes.js';
import { SafetensorsError } from './error.js';
import { checkKey, checkText, compareCodePoints, METADATA } from './names.js';

/**
 * Writes a safetensors file (https://github.com/huggingface/safetensors, "Format"). The same tensors and metadata give the
 * same bytes, whatever the order of their keys, and the bytes that the reference implementation writes: tensors by element
 * type, widest first, then by name; metadata by key; a header padded with spaces to a multiple of 8, so that every tensor
 * lies at a multiple of its element's size. Assumes a little-endian host.
 *
 * @param tensors by name
 * @param metadata free text about the file; left out when empty
 * @throws SafetensorsError a name that cannot be read back, an unknown element type, data of another type than `dtype`
 *   wants or of another length than `shape` wants
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors).sort(byRankThenName);
  const fields: string[] = [];
  if (Object.keys(metadata).length > 0) fields.push(field(METADATA, metadataJson(metadata)));
  let end = 0;
  for (const [name, tensor] of entries) {
    checkTensor(name, tensor);
    const begin = end;
    end += tensor.data.byteLength;
    const { dtype, shape } = tensor;
    fields.push(field(name, JSON.stringify({ dtype, shape, data_offsets: [begin, end] })));
  }
  const header = new TextEncoder().encode(`{${fields.join(',')}}`);
  const padded = Math.ceil(header.byteLength / 8) * 8;
  const file = new Uint8Array(8 + padded + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(header, 8);
  file.fill(0x20, 8 + header.byteLength, 8 + padded);
  let at = 8 + padded;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

function byRankThenName([a, left]: [string, SafeTensor], [b, right]: [string, SafeTensor]): number {
  return DTYPES.indexOf(right.dtype) - DTYPES.indexOf(left.dtype) || compareCodePoints(a, b);
}

function field(key: string, json: string): string {
  return `${JSON.stringify(key)}:${json}`;
}

function metadataJson(metadata: Readonly<Record<string, string>>): string {
  const fields = Object.entries(metadata).sort(([a], [b]) => compareCodePoints(a, b));
  for (const [key, text] of fields) {
    checkKey(key, METADATA);
    if (typeof text !== 'string') throw new SafetensorsError(`metadata '${key}' must be text, received ${typeof text}`);
    checkText(text, METADATA);
  }
  return `{${fields.map(([key, text]) => field(key, JSON.stringify(text))).join(',')}}`;
}

function checkTensor(name: string, { dtype, shape, data }: SafeTensor): void {
  checkKey(name, 'the tensors');
  const where = `tensor ${JSON.stringify(name)}`;
  if (name === METADATA) throw new SafetensorsError(`the name '${METADATA}' is kept for the metadata, in the tensors`);
  if (!isDtype(dtype))
    throw new SafetensorsError(`dtype must be one of ${DTYPES.join(', ')}, in ${where}, received ${String(dtype)}`);
  if (!holds(dtype, data)) {
    throw new SafetensorsError(
      `data is not the typed array of ${dtype}, in ${where}, received ${Object.prototype.toString.call(data).slice(8, -1)}`,
    );
  }
  const count = elementCount(shape);
  if (count === undefined || count !== data.byteLength / bytesPerElement(dtype)) {
    throw new SafetensorsError(
      `shape [${String(shape)}] does not hold the data, in ${where}, received ${data.length} elements`,
    );
  }
}
