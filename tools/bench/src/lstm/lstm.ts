import { ratioFigure } from '../figures.js';
import type { Options } from '../options.js';
import type { Found } from '../report.js';
import { startChild } from '../run/child.js';
import { measureAll, type Group } from '../run/measure.js';
import { nodeCommand } from '../run/node.js';

const OWN = 'lstm of @lowbit/quant-core';
const STOCK = 'tf.layers.lstm';

const SIZES = [
  { batch: 32, units: 32 },
  { batch: 64, units: 128 },
];

/** Training steps of an LSTM over 28 rows of 28 values, both sides with @lowbit/wasm-kernels: what the cell in one pass brings. */
export async function benchLstm({ repetitions, only }: Options, log: (line: string) => void): Promise<Found> {
  const groups = SIZES.map(({ batch, units }): Group => {
    const start = (name: string, owner: string) =>
      startChild({
        name,
        ...nodeCommand(new URL('./side.ts', import.meta.url), [owner, String(batch), String(units)]),
      });
    return {
      shape: `LSTM of ${units} units, 28 × 28, batch ${batch}`,
      work: { amount: 1, unit: 'steps' },
      repetitions: { warm: 5, timed: repetitions },
      sides: [() => start(OWN, 'own'), () => start(STOCK, 'stock')],
    };
  });
  const found = await measureAll(groups, only, log);
  const figures = groups.flatMap(({ shape }) =>
    ratioFigure(found.rows, { what: `${OWN} against ${STOCK}, ${shape}`, shape, side: OWN, against: STOCK }),
  );
  return { ...found, figures };
}
