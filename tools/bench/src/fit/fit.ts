import { ratioFigure } from '../figures.js';
import type { Options } from '../options.js';
import type { Found } from '../report.js';
import { measureAll, type Group } from '../run/measure.js';
import { startFit } from './start.js';

const SHAPE = 'CNN of 28×28, batch 64';

const OWN = 'wasm with @lowbit/wasm-kernels';
const STOCK = 'stock wasm';
const CPU = 'cpu';

/** `model.fit` of a plain `tf.sequential` CNN: what one import brings to those who use nothing else of the project. */
export async function benchFit({ repetitions, only }: Options, log: (line: string) => void): Promise<Found> {
  const group: Group = {
    shape: SHAPE,
    work: { amount: 64, unit: 'images' },
    repetitions: { warm: 2, timed: repetitions },
    sides: [() => startFit(OWN, 'product', 64), () => startFit(STOCK, 'stock', 64), () => startFit(CPU, 'cpu', 64)],
  };
  const found = await measureAll([group], only, log);
  const figure = (against: string) =>
    ratioFigure(found.rows, { what: `${OWN} against ${against}`, shape: SHAPE, side: OWN, against });
  return { ...found, figures: [CPU, STOCK].flatMap(figure) };
}
