/** A buffer that is needed from one step to another, both included. */
export interface Buffer {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Kernels write up to 15 bytes behind what they make. */
const SLACK = 16;
const ALIGNMENT = 64;

/** Where each buffer begins, and the bytes of the arena: buffers that are needed at the same time do not overlap. The largest are placed first, each as low as it goes. */
export function planArena(buffers: readonly Buffer[]): { readonly offsets: readonly number[]; readonly bytes: number } {
  const offsets = new Array<number>(buffers.length).fill(0);
  const placed: number[] = [];
  const sizeOf = ({ bytes }: Buffer) => Math.ceil((bytes + SLACK) / ALIGNMENT) * ALIGNMENT;
  const order = buffers.map((_, index) => index).sort((a, b) => buffers[b]!.bytes - buffers[a]!.bytes || a - b);
  let bytes = 0;
  for (const index of order) {
    const buffer = buffers[index]!;
    const size = sizeOf(buffer);
    const others = placed
      .filter((other) => buffers[other]!.first <= buffer.last && buffer.first <= buffers[other]!.last)
      .sort((a, b) => offsets[a]! - offsets[b]!);
    let at = 0;
    for (const other of others) {
      if (at + size <= offsets[other]!) break;
      at = Math.max(at, offsets[other]! + sizeOf(buffers[other]!));
    }
    offsets[index] = at;
    bytes = Math.max(bytes, at + size);
    placed.push(index);
  }
  return { offsets, bytes };
}
