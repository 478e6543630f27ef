import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startLowbit, type Child, type Ended } from './child.js';
import { advance, BEFORE, EventFollower, type RunState } from './follow.js';
import type { Options } from './options.js';
import { showProgress } from './progress.js';
import type { Summary } from './table.js';

/** One of the runs. */
export interface Run {
  readonly label: string;
  readonly dir: string;
  readonly config: string;
}

export interface Result {
  /** One for each run, when all have ended well. */
  readonly summaries?: readonly Summary[];
  readonly interrupted?: boolean;
  /** The first run that failed; the others were stopped. */
  readonly failed?: { readonly label: string; readonly code: number; readonly error: string };
}

/** Milliseconds between two looks at the events. */
const LOOK = 200;

/** Trains the runs at the same time, each in a process of its own, and shows how they go. */
export async function trainBoth(runs: readonly Run[], options: Options): Promise<Result> {
  const children = runs.map((run) => startLowbit(trainArgs(run, options)));
  const signals = passOnSignals(children);
  const progress = showProgress(
    runs.map(({ label }) => label),
    process.stderr,
  );
  try {
    const ends = await Promise.all(
      children.map(async ({ ended }, i) => {
        await follow(runs[i]!, ended, (state) => progress.show(i, state));
        const end = await ended;
        // one that was told already would take a second signal for impatience
        if (end.code !== 0 && !signals.received) for (const other of children) other.kill('SIGTERM');
        return end;
      }),
    );
    return resultOf(runs, ends, signals.received);
  } catch (error) {
    for (const child of children) child.kill('SIGTERM');
    throw error;
  } finally {
    progress.stop();
    signals.release();
  }
}

/** A run that has begun goes on as it was recorded. */
function trainArgs({ dir, config }: Run, { backend, set, resume }: Options): string[] {
  const begun = resume !== undefined && existsSync(path.join(dir, 'experiment.json'));
  const how = begun ? ['--resume', dir] : [config, '--out', dir];
  const changes = set.flatMap((each) => ['--set', each]);
  return ['train', ...how, ...(begun && backend === undefined ? [] : ['--backend', backend ?? 'wasm']), ...changes];
}

/** Tells of a run's state as its events come, until the process has ended. */
async function follow({ dir }: Run, ended: Promise<Ended>, tell: (state: RunState) => void): Promise<void> {
  const events = new EventFollower(path.join(dir, 'events.jsonl'));
  let [state, running] = [BEFORE, true];
  const end = ended.then(() => (running = false));
  for (;;) {
    const last = !running;
    const news = await events.next();
    for (const event of news) state = advance(state, event);
    if (news.length > 0) tell(state);
    if (last) return;
    await Promise.race([end, setTimeout(LOOK)]);
  }
}

interface Signals {
  /** Whether the user has asked for an end. */
  readonly received: boolean;
  release(): void;
}

/** The first Ctrl-C or SIGTERM asks the runs for a checkpoint and an end; the second kills them. */
function passOnSignals(children: readonly Child[]): Signals {
  let received = false;
  const handle = (): void => {
    for (const child of children) child.kill(received ? 'SIGKILL' : 'SIGINT');
    received = true;
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, handle);
  return {
    get received() {
      return received;
    },
    release: () => {
      for (const name of names) process.off(name, handle);
    },
  };
}

function resultOf(runs: readonly Run[], ends: readonly Ended[], interrupted: boolean): Result {
  const failures = ends.flatMap(({ code, error }, i) =>
    error === undefined ? [] : [{ label: runs[i]!.label, code, error }],
  );
  if (interrupted && ends.every(({ exited, error }) => !exited || error === undefined)) return { interrupted };
  if (failures[0]) return { failed: failures[0] };
  if (ends.some(({ code }) => code !== 0)) return { interrupted: true };
  return { summaries: ends.map(({ result }) => result as unknown as Summary) };
}
