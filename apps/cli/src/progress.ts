import { duration, percent, short } from '@lowbit/display';
import type { EpochEvent, StartEvent, TrainEvent } from '@lowbit/training';
import { SingleBar } from 'cli-progress';
import type { Io } from './io.js';

/** Shows how a run goes: a bar on a terminal, a line an epoch elsewhere. */
export interface Progress {
  tell(event: TrainEvent): void;
  /** Gives the terminal back. */
  stop(): void;
}

export function showProgress({ log, live }: Io): Progress {
  if (live.isTTY) return epochBar(live);
  let epochs = 0;
  return {
    tell: (event) => {
      if (event.type === 'start') epochs = event.epochs;
      if (event.type !== 'epoch') return;
      const left = duration((epochs - event.epoch) * event.seconds);
      log.log(`epoch ${event.epoch}/${epochs}  ${epochText(event)}  ${event.seconds.toFixed(1)} s, ${left} left`);
    },
    stop: () => undefined,
  };
}

function epochBar(stream: NodeJS.WriteStream): Progress {
  const bar = new SingleBar({
    stream,
    format: '{bar} epoch {epoch}  {text}  {eta_formatted} left',
    barsize: 24,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    hideCursor: true,
    etaBuffer: 200,
    fps: 8,
  });
  let start: StartEvent | undefined;
  return {
    tell: (event) => {
      if (event.type === 'start') {
        start = event;
        bar.start(event.steps, event.step, { epoch: `${event.epoch}/${event.epochs}`, text: '' });
      } else if (event.type === 'step') {
        bar.update(event.step);
      } else if (event.type === 'epoch') {
        bar.update(event.step, { epoch: `${event.epoch}/${start!.epochs}`, text: epochText(event) });
      }
    },
    stop: () => bar.stop(),
  };
}

/** 'stage 1  loss 0.1234  train 97.10 %  test 96.80 %  rate 0.05' */
function epochText({ stage, metrics, rate }: EpochEvent): string {
  const { loss, accuracy } = metrics;
  const parts = [`stage ${stage + 1}`, `loss ${loss!.toFixed(4)}`];
  if (accuracy !== undefined) parts.push(`train ${percent(accuracy)}`);
  for (const split of ['validation', 'test']) {
    const own = metrics[`${split}Accuracy`];
    const ownLoss = metrics[`${split}Loss`];
    if (own !== undefined) parts.push(`${split} ${percent(own)}`);
    else if (ownLoss !== undefined) parts.push(`${split} loss ${ownLoss.toFixed(4)}`);
  }
  return [...parts, `rate ${short(rate)}`].join('  ');
}
