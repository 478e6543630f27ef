import type { Simd } from '@lowbit/wasm-kernels';
import { judged, type Figure } from '../figures.js';
import { multiplyAdds, type Net } from '../nets.js';
import type { Options } from '../options.js';
import type { Found, Row } from '../report.js';
import { sideOf, startProcess } from '../run/child.js';
import { measureAll, type Group } from '../run/measure.js';
import { nodeCommand } from '../run/node.js';
import type { Side, Skipped } from '../run/side.js';
import { SEED, startProduct } from '../train/product.js';
import { MOVED_FLOATS, MULTIPLIED } from './work.js';

const BATCH = 128;
const REGISTERS = 'float32 multiply-adds, registers to registers';
const MEMORY = 'memory: a tensor read and one written, 64 MiB each';
const SIMDS: readonly Simd[] = ['plain', 'relaxed'];
const NETS = [
  { net: 'L20x4', float: false, shape: `L20x4 W1A4, batch ${BATCH}` },
  { net: 'ResNet20', float: true, shape: `ResNet20 float, batch ${BATCH}` },
] as const satisfies readonly { net: Net; float: boolean; shape: string }[];

const nameOf = (simd: Simd) => `${simd} SIMD`;

/** Forward, and the gradients of inputs and of weights. */
const PASSES = 3;

/** What a training step on WASM, one worker, makes of the processor's multiply-adds and of its memory. */
export async function benchLimits({ repetitions, only }: Options, log: (line: string) => void): Promise<Found> {
  const times = { warm: 2, timed: repetitions };
  const limit = (request: 'multiply' | 'move') => SIMDS.map((simd) => () => startLimit(simd, request));
  const groups: Group[] = [
    {
      shape: REGISTERS,
      work: { amount: (MULTIPLIED * 8) / 1e9, unit: 'GFLOP' },
      sides: limit('multiply'),
      repetitions: times,
    },
    {
      shape: MEMORY,
      work: { amount: (MOVED_FLOATS * 8) / 1e9, unit: 'GB' },
      sides: limit('move'),
      repetitions: times,
    },
    ...NETS.map(({ net, float, shape }): Group => {
      const sides = SIMDS.map(
        (simd) => () => startProduct({ name: nameOf(simd), backend: 'wasm', net, batch: BATCH, float, simd }),
      );
      return { shape, work: { amount: BATCH, unit: 'images' }, sides, repetitions: times, profile: true };
    }),
  ];
  const found = await measureAll(groups, only, log);
  return { ...found, seed: SEED, figures: figures(found.rows) };
}

async function startLimit(simd: Simd, request: 'multiply' | 'move'): Promise<Side | Skipped> {
  const name = nameOf(simd);
  const started = await startProcess({ name, ...nodeCommand(new URL('./side.ts', import.meta.url), [simd], simd) });
  return 'skipped' in started ? started : { ...sideOf(name, started, request), close: () => started.close() };
}

/** The shares of both limits, of each net and each kind of SIMD. */
export function figures(rows: readonly Row[]): Figure[] {
  return NETS.flatMap(({ net, shape }) =>
    SIMDS.flatMap((simd) => {
      const find = (of: string) => rows.find((row) => row.shape === of && row.side === nameOf(simd));
      const [step, registers, memory] = [find(shape), find(REGISTERS), find(MEMORY)];
      if (!step || 'skipped' in step || step.bytes === undefined) return [];
      const share = (what: string, work: number, most: Row | undefined) =>
        most && 'median' in most
          ? [judged(`${shape}, ${nameOf(simd)}: share of ${what}`, (100 * work * step.median) / most.median, '%')]
          : [];
      const flops = 2 * PASSES * multiplyAdds(net);
      return [
        ...share('the multiply-adds that registers could do', flops / 1e9, registers),
        ...share('the bytes that memory could move', step.bytes / BATCH / 1e9, memory),
      ];
    }),
  );
}
