/** Multiply-adds of four floats that a repetition does. */
export const MULTIPLIED = 1e9;

/** Floats of a tensor that a repetition reads, and of one that it writes: 64 MiB each. */
export const MOVED_FLOATS = 2 ** 24;
