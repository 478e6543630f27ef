import type { NdArray } from '@lowbit/plugin-api';
import type { Batch } from '@lowbit/data';

/**
 * Cuts a batch into `count` runs of neighbouring examples whose sizes differ by one at most. Of a batch with fewer examples than
 * that some shares are empty, never the first.
 */
export function splitBatch({ inputs, targets }: Batch, count: number): Batch[] {
  const examples = inputs.shape[0]!;
  const start = (share: number): number => Math.ceil((share * examples) / count);
  return Array.from({ length: count }, (_, share) => {
    const [from, to] = [start(share), start(share + 1)];
    return { inputs: rows(inputs, from, to), targets: rows(targets, from, to) };
  });
}

/** A view of the examples `from` to `to`. */
function rows<Data extends Int32Array | Float32Array>(
  { shape: [examples, ...shape], data }: NdArray<Data>,
  from: number,
  to: number,
): NdArray<Data> {
  const length = examples === 0 ? 0 : data.length / examples!;
  return { shape: [to - from, ...shape], data: data.subarray(from * length, to * length) as Data };
}
