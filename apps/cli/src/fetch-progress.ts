import type { FetchProgress } from '@lowbit/data';
import { bytes } from '@lowbit/display';
import { SingleBar } from 'cli-progress';
import type { Io } from './io.js';

/** Shows how a fetch goes: a bar for each file on a terminal, a line for each file and tenth of it elsewhere. */
export function showFetch({ log, live }: Io): { tell(progress: FetchProgress): void; stop(): void } {
  let bar: SingleBar | undefined;
  let shown = '';
  const stop = (): void => bar?.stop();
  const tell = ({ file, phase, done, total }: FetchProgress): void => {
    const what = `${phase} ${file}`;
    const tenth = Math.floor((10 * done) / total);
    if (live.isTTY) {
      if (shown !== what) {
        stop();
        bar = fileBar(live);
        bar.start(total, done, { what, size: bytes(total) });
      }
      bar!.update(done);
      shown = what;
    } else if (shown !== `${what} ${tenth}`) {
      log.log(`${what}  ${10 * tenth} % of ${bytes(total)}`);
      shown = `${what} ${tenth}`;
    }
  };
  return { tell, stop };
}

function fileBar(stream: NodeJS.WriteStream): SingleBar {
  return new SingleBar({
    stream,
    format: '{bar} {percentage} % of {size}  {what}',
    barsize: 24,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    hideCursor: true,
    gracefulExit: false,
  });
}
