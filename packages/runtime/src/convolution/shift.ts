import type { Pair } from '@lowbit/graph';

const PIECE = 32;

/** A shift's rows as pieces of 16 channels, each from one place, with a mask of those of them that come from there: see assembly/convolution.ts. */
export function shiftPieces(
  offsets: readonly Pair[],
  size: number,
): { readonly bytes: Uint8Array; readonly count: number } {
  const pieces: { readonly header: readonly number[]; readonly mask: Uint8Array }[] = [];
  for (let channel = 0; channel < size; channel += 16) {
    const own = new Map<string, { readonly offset: Pair; readonly mask: Uint8Array }>();
    offsets.slice(channel, channel + 16).forEach((offset, lane) => {
      const key = offset.join();
      const piece = own.get(key) ?? { offset, mask: new Uint8Array(16) };
      piece.mask[lane] = 255;
      own.set(key, piece);
    });
    [...own.values()].forEach(({ offset, mask }, k) =>
      pieces.push({ header: [offset[0], offset[1], channel, Number(k === 0)], mask }),
    );
  }
  const bytes = new Uint8Array(pieces.length * PIECE);
  pieces.forEach(({ header, mask }, k) => {
    bytes.set(new Uint8Array(Int32Array.from(header).buffer), k * PIECE);
    bytes.set(mask, k * PIECE + 16);
  });
  return { bytes, count: pieces.length };
}
