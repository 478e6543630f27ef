import { ratioFigure } from '../figures.js';
import type { Options } from '../options.js';
import type { Found } from '../report.js';
import { measureAll, type Group } from '../run/measure.js';
import { startFit } from './start.js';

const BATCH = 64;

/** TensorFlow.js's own tutorial on handwritten digits, and the same with a batch normalization after each convolution. */
const NETS = [
  { net: 'plain', shape: `CNN of 28×28, batch ${BATCH}` },
  { net: 'batch-norm', shape: `CNN of 28×28 with batch normalization, batch ${BATCH}` },
] as const;

const OWN = 'wasm with @lowbit/wasm-kernels';
const STOCK = 'stock wasm';
const CPU = 'cpu';

/** `model.fit` of a plain `tf.sequential` CNN: what one import brings to those who use nothing else of the project. */
export async function benchFit({ repetitions, only }: Options, log: (line: string) => void): Promise<Found> {
  const groups = NETS.map(({ net, shape }): Group => {
    const owners = { [OWN]: 'product', [STOCK]: 'stock', [CPU]: 'cpu' } as const;
    return {
      shape,
      work: { amount: BATCH, unit: 'images' },
      repetitions: { warm: 2, timed: repetitions },
      sides: Object.entries(owners).map(
        ([name, owner]) =>
          () =>
            startFit(name, owner, BATCH, net),
      ),
    };
  });
  const found = await measureAll(groups, only, log);
  const figure = (shape: string, against: string) =>
    ratioFigure(found.rows, { what: `${shape}: ${OWN} against ${against}`, shape, side: OWN, against });
  return { ...found, figures: NETS.flatMap(({ shape }) => [CPU, STOCK].flatMap((against) => figure(shape, against))) };
}
