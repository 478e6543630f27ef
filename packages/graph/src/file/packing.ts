/** A way to write codes into bytes. */
export interface Packing {
  /** Bytes of codes, each below 2^bits. */
  readonly pack: (codes: Uint8Array, bits: number) => Uint8Array;
  /** The codes again. Checks, before it makes room for them, that so many can be in so many bytes. */
  readonly unpack: (bytes: Uint8Array, count: number, bits: number, fail: Fail) => Uint8Array;
}

/** Refuses what is read. */
export type Fail = (what: string, received?: unknown) => never;
