import { badFile, type DataFile } from '../files.js';

/** What an IDX file of unsigned bytes holds. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/**
 * Reads an IDX array of unsigned bytes, the format of MNIST: two zero bytes, type 0x08, the rank, each side as a
 * big-endian uint32, the values row-major (Y. LeCun, C. Cortes, C. Burges, "The MNIST database").
 *
 * @param rank the rank it must have
 * @param dataset name for the message's hint
 * @throws LowbitError ('data') another magic number, or a length that does not fit the header
 */
export function parseIdx({ path, bytes }: DataFile, rank: number, dataset: string): IdxArray {
  const header = 4 + 4 * rank;
  if (bytes.length < header)
    throw badFile(`file shorter than its header of ${header} bytes`, path, bytes.length, dataset);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const wanted = 0x0800 + rank;
  if (magic !== wanted) throw badFile(`wrong magic number, not ${hex(wanted)}`, path, hex(magic), dataset);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const length = header + shape.reduce((product, side) => product * side, 1);
  if (bytes.length !== length) {
    throw badFile(`wrong size, not the ${length} bytes of [${shape.join(', ')}]`, path, bytes.length, dataset);
  }
  return { shape, data: bytes.subarray(header) };
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
