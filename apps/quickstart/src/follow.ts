import { open } from 'node:fs/promises';

/** A line of a run's `events.jsonl`; which of the rest there is depends on the type. */
export interface RunEvent {
  readonly type: string;
  /** Steps and epochs that are done. */
  readonly step: number;
  readonly epoch: number;
  readonly stage: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly steps?: number;
  readonly epochs?: number;
  readonly name?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Reads what is appended to a run's `events.jsonl`, whole lines only. */
export class EventFollower {
  #offset = 0;

  constructor(private readonly file: string) {}

  /**
   * The events since the last call; none while there is no file. A log that was cut, as one is when its run is resumed, is read
   * again from its start.
   */
  async next(): Promise<RunEvent[]> {
    const file = await open(this.file).catch(() => undefined);
    if (!file) return [];
    try {
      const { size } = await file.stat();
      if (size < this.#offset) this.#offset = 0;
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(size - this.#offset),
        0,
        size - this.#offset,
        this.#offset,
      );
      const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
      const events = parse(buffer.toString('utf8', 0, end));
      this.#offset = events ? this.#offset + end : 0;
      return events ?? [];
    } finally {
      await file.close();
    }
  }
}

/** The events of whole lines; undefined when the first is the rest of a line, since what was before it has changed. */
function parse(lines: string): RunEvent[] | undefined {
  try {
    return lines
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as RunEvent);
  } catch {
    return undefined;
  }
}

/** How far a run is. */
export interface RunState {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly stage: string;
  /** Of the last epoch, in [0, 1]. */
  readonly testAccuracy?: number;
  /** Seconds until it ends, at the pace since it was started. */
  readonly secondsLeft?: number;
  /** Where the session began: what `secondsLeft` is counted from. */
  readonly from?: { readonly step: number; readonly time: number };
}

export const BEFORE: RunState = { step: 0, steps: 0, epoch: 0, epochs: 0, stage: '' };

/** The state after an event. */
export function advance(state: RunState, event: RunEvent): RunState {
  const { type, step, epoch, time } = event;
  if (type === 'start') {
    const { steps = 0, epochs = 0 } = event;
    return { ...state, step, epoch, steps, epochs, from: { step, time } };
  }
  const { from, steps } = state;
  const done = from ? step - from.step : 0;
  const secondsLeft = done > 0 ? ((time - from!.time) / 1000 / done) * (steps - step) : undefined;
  const next = { ...state, step, epoch, secondsLeft };
  if (type === 'stage') return { ...next, stage: event.name ?? '' };
  if (type === 'epoch') return { ...next, testAccuracy: event.metrics?.testAccuracy };
  return next;
}
