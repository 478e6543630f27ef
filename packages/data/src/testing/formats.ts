/** An IDX file of unsigned bytes, written as MNIST's description says. */
export function idxFile(shape: readonly number[], values: ArrayLike<number>): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint32(0, 0x0800 + shape.length);
  shape.forEach((side, i) => header.setUint32(4 + 4 * i, side));
  return Buffer.concat([new Uint8Array(header.buffer), Uint8Array.from(values)]);
}

/** The four files of an MNIST of 20 training and 10 test images. */
export function tinyMnist(folder = 'mnist'): Record<string, Uint8Array> {
  const half = (name: string, count: number): Record<string, Uint8Array> => ({
    [`${folder}/${name}-images-idx3-ubyte`]: idxFile(
      [count, 28, 28],
      Array.from({ length: count * 784 }, (_, i) => i % 251),
    ),
    [`${folder}/${name}-labels-idx1-ubyte`]: idxFile(
      [count],
      Array.from({ length: count }, (_, i) => i % 10),
    ),
  });
  return { ...half('train', 20), ...half('t10k', 10) };
}

/** One entry of a tar archive. */
export interface TarEntry {
  readonly name: string;
  readonly body?: Uint8Array;
  readonly type?: string;
  readonly prefix?: string;
}

/** A ustar archive, written field by field after POSIX.1-1988. */
export function tarArchive(entries: readonly TarEntry[]): Uint8Array {
  const blocks = entries.flatMap(({ name, body = new Uint8Array(), type = '0', prefix = '' }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write('0000644\0', 100);
    header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write(' '.repeat(8), 148);
    header.write(type, 156);
    header.write('ustar\x0000', 257);
    header.write(prefix, 345, 155);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
