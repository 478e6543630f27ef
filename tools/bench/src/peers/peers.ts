import { memoryFigure, ratioFigure, type Figure } from '../figures.js';
import type { Found, Row } from '../report.js';
import { measureAll, type Group } from '../run/measure.js';
import { OWN_SIMD } from '../run/node.js';
import type { Options } from '../options.js';
import { SEED, startProduct, type Product } from '../train/product.js';
import { startPytorch, type Pytorch } from './pytorch.js';
import { startStockTfjs } from './stock-tfjs.js';

const SMALL = 'L20x4, batch 32';
const ONE = 'L20x4, batch 128, 1 thread';
const TWO = 'L20x4, batch 128, 2 threads';
const RESNET = 'ResNet20, batch 128, 1 thread';

const WASM = 'WASM W1A4, 1 worker';
const WASM_RELAXED = 'WASM W1A4, relaxed SIMD, 1 worker';
const WASM_FLOAT = 'WASM float, 1 worker';
const WASM_FLOAT_RELAXED = 'WASM float, relaxed SIMD, 1 worker';
const WASM_2 = 'WASM W1A4, 2 workers';
const NATIVE = 'native W1A4, 2 threads';
const STOCK = 'stock TF.js WASM and shims, W1A4';
const EAGER = 'PyTorch eager, float, 1 thread';
const COMPILED = 'PyTorch compiled, float, 1 thread';
const BREVITAS = 'Brevitas W1A4, 1 thread';
const BREVITAS_2 = 'Brevitas W1A4, 2 threads';

const product = (name: string, rest: Partial<Product> = {}) => {
  const all: Product = { name, backend: 'wasm', net: 'L20x4', batch: 128, ...rest };
  return () => startProduct(all);
};
const pytorch = (name: string, mode: Pytorch['mode'], rest: Partial<Pytorch> = {}) => {
  const all: Pytorch = { name, mode, net: 'L20x4', batch: 128, threads: 1, ...rest };
  return () => startPytorch(all);
};

/** A side with relaxed SIMD, where the other WASM sides are without. */
const relaxed = (name: string, rest: Partial<Product> = {}) =>
  OWN_SIMD === 'plain' ? [product(name, { ...rest, simd: 'relaxed' })] : [];

function groups(timed: number): Group[] {
  const common = { repetitions: { warm: 2, timed }, memory: true };
  const images = (amount: number) => ({ amount, unit: 'images' });
  return [
    {
      shape: SMALL,
      ...common,
      work: images(32),
      sides: [product(WASM, { batch: 32 }), () => startStockTfjs(STOCK, 'L20x4', 32)],
    },
    {
      shape: ONE,
      ...common,
      work: images(128),
      sides: [
        product(WASM),
        ...relaxed(WASM_RELAXED),
        product(WASM_FLOAT, { float: true }),
        pytorch(BREVITAS, 'brevitas'),
        pytorch(EAGER, 'eager'),
        pytorch(COMPILED, 'compile'),
      ],
    },
    {
      shape: TWO,
      ...common,
      work: images(128),
      sides: [
        product(WASM),
        product(WASM_2, { workers: 2 }),
        product(NATIVE, { backend: 'node', threads: 2 }),
        pytorch(BREVITAS_2, 'brevitas', { threads: 2 }),
      ],
    },
    {
      shape: RESNET,
      ...common,
      work: images(128),
      sides: [
        product(WASM_FLOAT, { net: 'ResNet20' }),
        ...relaxed(WASM_FLOAT_RELAXED, { net: 'ResNet20' }),
        pytorch(EAGER, 'eager', { net: 'ResNet20' }),
      ],
    },
  ];
}

/** The figures that the product is to reach against others. */
function figures(rows: readonly Row[]): Figure[] {
  const ratio = (what: string, shape: string, side: string, against: string, target?: Figure['target']) =>
    ratioFigure(rows, { what, shape, side, against, target });
  return [
    ratio('WASM, 1 worker, against stock TF.js WASM and shims', SMALL, WASM, STOCK, { atLeast: 12 }),
    ratio('WASM, 1 worker, against Brevitas, 1 thread', ONE, WASM, BREVITAS, { atLeast: 1 }),
    ratio('WASM, 1 worker, against PyTorch eager, 1 thread', ONE, WASM, EAGER, { atLeast: 0.8 }),
    ratio('WASM, relaxed SIMD, 1 worker, against Brevitas, 1 thread', ONE, WASM_RELAXED, BREVITAS, { atLeast: 1 }),
    ratio('WASM, relaxed SIMD, 1 worker, against PyTorch eager, 1 thread', ONE, WASM_RELAXED, EAGER, { atLeast: 0.8 }),
    ratio('WASM, 1 worker, against PyTorch compiled, 1 thread', ONE, WASM, COMPILED),
    ratio('WASM, 2 workers, against 1 worker', TWO, WASM_2, WASM, { atLeast: 1.7 }),
    ratio('native, 2 threads, against Brevitas, 2 threads', TWO, NATIVE, BREVITAS_2, { atLeast: 1 }),
    ratio('ResNet20: WASM, 1 worker, against PyTorch eager, 1 thread', RESNET, WASM_FLOAT, EAGER, { atLeast: 0.35 }),
    ratio('ResNet20: WASM, relaxed SIMD, against PyTorch eager, 1 thread', RESNET, WASM_FLOAT_RELAXED, EAGER, {
      atLeast: 0.35,
    }),
    ratio('time of a step in W1A4 against float', ONE, WASM_FLOAT, WASM, { atMost: 1.15 }),
    memoryFigure(rows, { what: 'WASM heap of the step', shape: ONE, side: WASM, target: { atMost: 1.5 } }),
  ].flat();
}

/** The product's training step beside those of TF.js, PyTorch and Brevitas. */
export async function benchPeers(options: Options, log: (line: string) => void): Promise<Found> {
  const found = await measureAll(groups(options.repetitions), options.only, log);
  return { ...found, seed: SEED, figures: figures(found.rows) };
}
