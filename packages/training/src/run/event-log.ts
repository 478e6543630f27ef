import { LowbitError } from '@lowbit/plugin-api';
import type { Checkpoint } from '../loop/state.js';
import type { TrainEvent } from '../loop/events.js';
import { cutOff, readIfThere, RecordFile } from './files.js';

/** An event as a line of `events.jsonl` holds it: without what the other files of the run folder hold. */
export interface LoggedEvent {
  readonly type: TrainEvent['type'];
  readonly step: number;
  readonly epoch: number;
  readonly stage: number;
  readonly time: number;
  readonly [key: string]: unknown;
}

const LEFT_OUT: Partial<Record<TrainEvent['type'], readonly string[]>> = {
  start: ['experiment', 'task'],
  checkpoint: ['checkpoint'],
  end: ['size'],
};

export function loggedEvent(event: TrainEvent): LoggedEvent {
  const leftOut = LEFT_OUT[event.type] ?? [];
  return Object.fromEntries(Object.entries(event).filter(([key]) => !leftOut.includes(key))) as unknown as LoggedEvent;
}

/** `events.jsonl`: one event a line. */
export class EventLog {
  private constructor(
    /** Events that were in it when it was opened. */
    readonly kept: readonly LoggedEvent[],
    private readonly file: RecordFile,
  ) {}

  /**
   * Opens a log to go on from a checkpoint, or from the beginning: what came after it, and a last line that a kill tore, are
   * cut off, so that no event stands in it twice.
   *
   * @throws LowbitError ('data') a damaged line before that of the checkpoint, or none of the checkpoint
   */
  static async open(path: string, from?: Checkpoint): Promise<EventLog> {
    const content = await readIfThere(path);
    const lines = from && content ? linesUpTo(content, from, path) : [];
    const end = lines.at(-1)?.end ?? 0;
    if (content && content.byteLength > end) await cutOff(path, end);
    return new EventLog(
      lines.map(({ event }) => event),
      new RecordFile(path, end),
    );
  }

  /** Appends an event. A checkpoint's line is on the disk before the checkpoint is written, and so never missing from a log. */
  async append(event: LoggedEvent): Promise<void> {
    await this.file.append(Buffer.from(`${JSON.stringify(event)}\n`), event.type === 'checkpoint');
  }
}

interface Line {
  readonly event: LoggedEvent;
  /** Offset of the byte after it. */
  readonly end: number;
}

/** The lines up to that of a checkpoint. */
function linesUpTo(content: Buffer, { state }: Checkpoint, path: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0, end = 0; (end = content.indexOf(10, start) + 1) > 0; start = end) {
    const event = parseLine(content.toString('utf8', start, end));
    if (!event) throw damaged(path, `line ${lines.length + 1} is not JSON`);
    lines.push({ event, end });
    const { type, step, epoch, stage } = event;
    if (type === 'checkpoint' && step === state.step && epoch === state.epoch && stage === state.stage) return lines;
  }
  throw damaged(path, `there is no line for the checkpoint of step ${state.step}`);
}

function damaged(where: string, what: string): LowbitError {
  const hint = 'put it back from a copy, or move it away to go on without the events of the past';
  return new LowbitError('data', { what, where, hint });
}

function parseLine(line: string): LoggedEvent | undefined {
  try {
    return JSON.parse(line) as LoggedEvent;
  } catch {
    return undefined;
  }
}

/** Seconds that the sessions of a log took: each from its start to its last event. */
export function secondsOf(events: readonly LoggedEvent[]): number {
  let total = 0;
  let began = 0;
  events.forEach(({ type, time }, i) => {
    if (type === 'start') began = time;
    const next = events[i + 1];
    if (!next || next.type === 'start') total += time - began;
  });
  return total / 1000;
}
