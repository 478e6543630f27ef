import { ratioFigure, type Figure, type Target } from '../figures.js';
import type { Call, Work } from '../kernels/calls.js';
import { startKernels } from '../kernels/start.js';
import type { Options } from '../options.js';
import type { Found, Row } from '../report.js';
import { sideOf } from '../run/child.js';
import { measureAll, type Group } from '../run/measure.js';

/** m×k×n: the products of point-wise convolutions in L20x4 at batch 8, and two square ones. */
const SIZES = [
  [8192, 16, 64],
  [8192, 256, 64],
  [512, 512, 128],
  [256, 256, 256],
  [1024, 1024, 1024],
] as const;

const TRANSPOSES = [
  { name: 'A·B', transposeA: false, transposeB: false },
  { name: 'Aᵀ·B', transposeA: true, transposeB: false },
  { name: 'A·Bᵀ', transposeA: false, transposeB: true },
  { name: 'Aᵀ·Bᵀ', transposeA: true, transposeB: true },
] as const;

const SIDES = [
  { name: 'plain SIMD', owner: 'product', simd: 'plain', target: { atLeast: 1.2 } },
  { name: 'relaxed SIMD', owner: 'product', simd: 'relaxed', target: { atLeast: 1.6 } },
  { name: 'stock', owner: 'stock', simd: undefined, target: undefined },
] as const;

/** What stock TF.js does best, and everything is held against. */
const BEST = 'stock A·B';

const shapeOf = ([m, k, n]: readonly number[]) => `${m}×${k}×${n}`;

/** Float matrix products in all transposes, of the product's kernels and of TF.js's own on WASM. */
export async function benchProducts({ repetitions, only }: Options, log: (line: string) => void): Promise<Found> {
  const works: Work[] = SIZES.flatMap((size) =>
    TRANSPOSES.map((transpose) => ({ name: `${shapeOf(size)} ${transpose.name}`, calls: [product(size, transpose)] })),
  );
  const processes = await Promise.all(SIDES.map(({ owner, simd }) => startKernels(owner, works, simd)));
  try {
    const groups = SIZES.map((size, i): Group => ({
      shape: shapeOf(size),
      work: { amount: (2 * size[0] * size[1] * size[2]) / 1e9, unit: 'GFLOP' },
      repetitions: { warm: 2, timed: repetitions },
      sides: SIDES.flatMap((side, which) =>
        TRANSPOSES.map((transpose, j) => async () => {
          const name = `${side.name} ${transpose.name}`;
          const started = processes[which]!;
          if ('skipped' in started) return { name, skipped: started.skipped };
          return sideOf(name, started, `step ${i * TRANSPOSES.length + j}`);
        }),
      ),
    }));
    const found = await measureAll(groups, only, log);
    return { ...found, figures: figures(found.rows) };
  } finally {
    await Promise.all(processes.map((each) => 'close' in each && each.close()));
  }
}

function product([m, k, n]: (typeof SIZES)[number], { transposeA, transposeB }: (typeof TRANSPOSES)[number]): Call {
  const given = (rows: number, columns: number, transposed: boolean) =>
    ({ shape: transposed ? [1, columns, rows] : [1, rows, columns], dtype: 'float32' }) as const;
  const inputs = { a: given(m, k, transposeA), b: given(k, n, transposeB) };
  return { kernel: 'BatchMatMul', inputs, attrs: { transposeA, transposeB }, times: 1 };
}

/** Every product of ours against stock's A·B of the same size. */
function figures(rows: readonly Row[]): Figure[] {
  const shapes = [...new Set(rows.map(({ shape }) => shape))];
  return SIDES.filter(({ owner }) => owner === 'product').flatMap(({ name, target }) =>
    shapes.flatMap((shape) =>
      TRANSPOSES.flatMap((transpose) => {
        const side = `${name} ${transpose.name}`;
        const what = `${side} against ${BEST}, ${shape}`;
        return ratioFigure(rows, { what, shape, side, against: BEST, target: target as Target | undefined });
      }),
    ),
  );
}
