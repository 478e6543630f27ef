/** One step of a side. */
export interface Sample {
  /** Milliseconds by the clock. */
  readonly ms: number;
  /** Milliseconds of processor time, of all threads: less than `ms` where others held the processor. */
  readonly cpuMs: number;
}

/** What a step consists of. */
export interface Profile {
  /** The share of the time that each kernel takes, largest first. */
  readonly shares: Readonly<Record<string, number>>;
  /** Bytes that the kernels read and write. */
  readonly bytes: number;
}

/** Something that takes a step whenever it is asked to. */
export interface Side {
  readonly name: string;
  /** What it is made of: backend, threads, layout. */
  readonly about: string;
  readonly versions: Readonly<Record<string, string>>;
  step(): Promise<Sample>;
  /** MiB that the steps needed at their peak: of the WASM heaps of all workers together, or of the process where there are none. */
  memory(): Promise<number>;
  /** Only the product knows. */
  profile(): Promise<Profile>;
  close(): Promise<void>;
}

/** Why a side has no figures: one phrase that says what to do where something can be done. */
export interface Skipped {
  readonly name: string;
  readonly skipped: string;
}
