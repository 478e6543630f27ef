import { crc32 } from './crc32.js';

/**
 * How every file goes on after the length of its header: the checksum is the first of the metadata, whose keys are in
 * order.
 */
const START = new TextEncoder().encode('{"__metadata__":{"checksum":"');
const AT = 8 + START.length;
/** What stands in the place of the checksum while it is computed. */
export const NO_CHECKSUM = '00000000';

/** Puts the checksum into a file that was written with {@link NO_CHECKSUM} in its place. */
export function sealChecksum(file: Uint8Array): void {
  file.set(new TextEncoder().encode(checksumOf(file)), AT);
}

/** The checksum that a file should have: CRC-32 of all of its bytes, its own 8 digits as '0', in hexadecimal. */
export function checksumOf(file: Uint8Array): string {
  const before = crc32(file.subarray(0, AT));
  const zeros = crc32(new TextEncoder().encode(NO_CHECKSUM), before);
  return crc32(file.subarray(AT + NO_CHECKSUM.length), zeros)
    .toString(16)
    .padStart(8, '0');
}

/** Whether the checksum stands where `writeModel` puts it. */
export function hasChecksumPlace(file: Uint8Array): boolean {
  return START.every((byte, i) => file[8 + i] === byte);
}
