import { duration, percent } from '@lowbit/display';
import { MultiBar, type SingleBar } from 'cli-progress';
import type { RunState } from './follow.js';

/** Shows how the runs go. */
export interface Progress {
  /** @param index which run */
  show(index: number, state: RunState): void;
  stop(): void;
}

/** A bar for each run on a terminal, elsewhere a line every `every` epochs. */
export function showProgress(labels: readonly string[], stream: NodeJS.WriteStream, every = 5): Progress {
  const width = Math.max(...labels.map((label) => label.length));
  const names = labels.map((label) => label.padEnd(width));
  return stream.isTTY ? bars(names, stream) : lines(names, stream, every);
}

function lines(names: readonly string[], stream: NodeJS.WritableStream, every: number): Progress {
  const shown = names.map(() => 0);
  return {
    show: (index, state) => {
      const { epoch, epochs } = state;
      if (epoch === shown[index] || (epoch % every !== 0 && epoch !== epochs)) return;
      shown[index] = epoch;
      stream.write(`${names[index]}  ${stateText(state)}\n`);
    },
    stop: () => undefined,
  };
}

function bars(names: readonly string[], stream: NodeJS.WriteStream): Progress {
  const multi = new MultiBar({
    stream,
    format: '  {name}  {bar}  {text}',
    barsize: 24,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    hideCursor: true,
    emptyOnZero: true,
    gracefulExit: false,
    fps: 8,
  });
  const made: SingleBar[] = names.map((name) => multi.create(0, 0, { name, text: 'starting' }));
  return {
    show: (index, state) => {
      const bar = made[index]!;
      bar.setTotal(state.steps);
      bar.update(state.step, { text: stateText(state) });
    },
    stop: () => multi.stop(),
  };
}

/** 'epoch 12/40  test 96.80 %  1:02 left  (float activations)' */
export function stateText({ step, steps, epoch, epochs, stage, testAccuracy, secondsLeft }: RunState): string {
  const parts = [`epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`];
  parts.push(`test ${testAccuracy === undefined ? '–' : percent(testAccuracy)}`);
  if (epoch === epochs && step === steps) return [...parts, 'done'].join('  ');
  if (secondsLeft !== undefined) parts.push(`${duration(secondsLeft)} left`);
  if (stage !== '') parts.push(`(${stage})`);
  return parts.join('  ');
}
