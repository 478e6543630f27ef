import { LowbitError } from '@lowbit/plugin-api';
import { isOutOfMemory } from '@lowbit/wasm-host';

/**
 * An error, as whoever chose the batch size can act on it where the WASM heap is full; any other as it is.
 *
 * @param where what the batch was for
 * @param hint what to do besides a smaller batch
 */
export function inTermsOfBatch(error: unknown, batchSize: number, where?: string, hint = ''): unknown {
  if (!isOutOfMemory(error)) return error;
  const heap = `a heap of ${Math.round(error.heapBytes / 2 ** 20)} MiB (4 GiB at most, and 2 GiB in one piece)`;
  const parts = {
    what: `a batch of ${batchSize} does not fit into the memory of the WASM backend: no room for ${error.what} in ${heap}`,
    hint: `use a smaller batchSize${hint}`,
    ...(where === undefined ? {} : { where }),
  };
  return new LowbitError('memory', parts, { cause: error });
}

/** {@link inTermsOfBatch} of a training. */
export function inTermsOfTraining(
  error: unknown,
  { batchSize }: { readonly batchSize: number },
  where?: string,
): unknown {
  return inTermsOfBatch(
    error,
    batchSize,
    where,
    ', or more workers: each has a heap of its own for its share of a batch',
  );
}
