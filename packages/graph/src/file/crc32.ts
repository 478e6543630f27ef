/** TABLE[256 · k + b]: what byte b does to the remainder with k more bytes behind it. */
const TABLE = makeTable();

/**
 * CRC-32 (ISO-HDLC: zlib's, PNG's) of bytes, eight at a time. It finds every burst of up to 32 damaged bits, and other
 * damage but for one case in 2³²; any language's zlib computes it too. It is no defence against those who mean it.
 * Assumes a little-endian host.
 *
 * @param before the CRC of what comes before these bytes
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  // where words begin
  const first = -bytes.byteOffset & 3;
  if (bytes.length < first) return ~byBytes(bytes, ~before) >>> 0;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + first, ((bytes.length - first) >> 3) * 2);
  const start = byBytes(bytes.subarray(0, first), ~before);
  return ~byBytes(bytes.subarray(first + words.byteLength), byWords(words, start)) >>> 0;
}

function byBytes(bytes: Uint8Array, crc: number): number {
  for (let at = 0; at < bytes.length; at++) crc = TABLE[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return crc;
}

function byWords(words: Int32Array, crc: number): number {
  const t = TABLE;
  for (let at = 0; at < words.length; at += 2) {
    const a = crc ^ words[at]!;
    const b = words[at + 1]!;
    const low =
      t[1792 + (a & 255)]! ^ t[1536 + ((a >>> 8) & 255)]! ^ t[1280 + ((a >>> 16) & 255)]! ^ t[1024 + (a >>> 24)]!;
    crc = low ^ t[768 + (b & 255)]! ^ t[512 + ((b >>> 8) & 255)]! ^ t[256 + ((b >>> 16) & 255)]! ^ t[b >>> 24]!;
  }
  return crc;
}

function makeTable(): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    table[byte] = crc;
  }
  for (let at = 256; at < table.length; at++) {
    const crc = table[at - 256]!;
    table[at] = table[crc & 255]! ^ (crc >>> 8);
  }
  return table;
}
