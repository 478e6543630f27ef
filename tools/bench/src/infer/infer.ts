import type { Figure, Target } from '../figures.js';
import type { Work } from '../kernels/calls.js';
import { startKernels } from '../kernels/start.js';
import type { Options } from '../options.js';
import type { Found, Row } from '../report.js';
import { sideOf, startProcess } from '../run/child.js';
import { measureAll, type Group } from '../run/measure.js';
import { nodeCommand } from '../run/node.js';
import { startOnnx, type OnnxKind } from './onnx.js';
import { PAIRS, SHAPES, type Pair, type Shape } from './pointwise.js';

const KINDS = ['plain', 'relaxed'] as const;
const pairs = Object.keys(PAIRS) as Pair[];
const FLOAT = 'stock TF.js WASM, float';
const ONNX: Readonly<Record<OnnxKind, string>> = {
  MatMulInteger: 'ONNX Runtime Web, MatMulInteger',
  QLinearConv: 'ONNX Runtime Web, QLinearConv',
};

/** How many times as fast as TF.js in float, and as the faster of ONNX Runtime Web's int8. */
const TARGETS: Readonly<Record<(typeof KINDS)[number], { float: number; int8: Readonly<Record<Pair, number>> }>> = {
  plain: { float: 7.5, int8: { W1A4: 3.6, W2A2: 2, W2A4: 1.9, W4A4: 1.7, W8A8: 1.15 } },
  relaxed: { float: 12, int8: { W1A4: 5.5, W2A2: 3, W2A4: 3, W4A4: 2.3, W8A8: 1.3 } },
};

const nameOf = ([places, channels, filters]: Shape) => `${places}×${channels}×${filters}`;
const sideName = (pair: Pair, simd: (typeof KINDS)[number]) => `${pair}, ${simd} SIMD`;

/** Point-wise convolutions of few bits, from codes to codes, beside float in TF.js and int8 in ONNX Runtime Web; one thread each. */
export async function benchInfer({ repetitions, only }: Options, log: (line: string) => void): Promise<Found> {
  const works = SHAPES.map((shape): Work => ({ name: nameOf(shape), calls: [matMul(shape)] }));
  const own = KINDS.map((simd) => {
    const command = nodeCommand(new URL('./side.ts', import.meta.url), [simd], simd);
    return startProcess({ name: `${simd} SIMD`, ...command });
  });
  const processes = await Promise.all([startKernels('stock', works), startOnnx(), ...own]);
  try {
    const [stock, onnx, ...runtimes] = processes as [(typeof processes)[0], (typeof processes)[0]];
    const side = (name: string, started: (typeof processes)[0], request: string) => async () =>
      'skipped' in started ? { name, skipped: started.skipped } : sideOf(name, started, request);
    const groups = SHAPES.map((shape, index): Group => ({
      shape: nameOf(shape),
      work: { amount: (shape[0] * shape[1] * shape[2]) / 1e9, unit: 'GMAC' },
      repetitions: { warm: 2, timed: repetitions },
      sides: [
        ...KINDS.flatMap((simd, k) =>
          pairs.map((pair) => side(sideName(pair, simd), runtimes[k]!, `step ${index},${pair}`)),
        ),
        side(FLOAT, stock, `step ${index}`),
        ...Object.entries(ONNX).map(([kind, name]) => side(name, onnx, `step ${index},${kind}`)),
      ],
    }));
    const found = await measureAll(groups, only, log);
    return { ...found, figures: figures(found.rows) };
  } finally {
    await Promise.all(processes.map((each) => 'close' in each && each.close()));
  }
}

function matMul([places, channels, filters]: Shape): Work['calls'][number] {
  const given = (...shape: number[]) => ({ shape: [1, ...shape], dtype: 'float32' }) as const;
  const inputs = { a: given(places, channels), b: given(channels, filters) };
  return { kernel: 'BatchMatMul', inputs, attrs: { transposeA: false, transposeB: false }, times: 1 };
}

/** Of each pair of bits the geometric mean over the shapes. */
function figures(rows: readonly Row[]): Figure[] {
  return KINDS.flatMap((simd) =>
    pairs.flatMap((pair) => {
      const { float, int8 } = TARGETS[simd];
      const side = sideName(pair, simd);
      return [
        ...(pair === 'W1A4' ? meanFigure(rows, side, 'TF.js float', [FLOAT], { atLeast: float }) : []),
        ...meanFigure(rows, side, "ONNX Runtime Web's int8", Object.values(ONNX), { atLeast: int8[pair] }),
      ];
    }),
  );
}

/** How many times as fast a side is as the fastest of some others, as a geometric mean of all shapes. */
function meanFigure(
  rows: readonly Row[],
  side: string,
  against: string,
  others: readonly string[],
  target: Target & { readonly atLeast: number },
): Figure[] {
  const what = `${side}, against ${against}`;
  const shapes = [...new Set(rows.map(({ shape }) => shape))];
  const logs: number[] = [];
  const byProcessor: number[] = [];
  for (const shape of shapes) {
    const find = (name: string) => rows.find((row) => row.shape === shape && row.side === name);
    const own = find(side);
    const measured = others.flatMap((name) => find(name) ?? []).filter((row) => 'median' in row);
    if (!own || 'skipped' in own || measured.length === 0) {
      const missing = own && 'skipped' in own ? own : rows.find((row) => 'skipped' in row && others.includes(row.side));
      return missing && 'skipped' in missing ? [{ what, unit: '×', target, skipped: missing.skipped }] : [];
    }
    logs.push(Math.log(own.median / Math.max(...measured.map(({ median }) => median))));
    byProcessor.push(
      Math.log((own.byProcessorTime ?? NaN) / Math.max(...measured.map((row) => row.byProcessorTime ?? NaN))),
    );
  }
  const mean = (values: readonly number[]) => Math.exp(values.reduce((sum, value) => sum + value, 0) / values.length);
  const value = mean(logs);
  return [{ what, value, unit: '×', target, reached: value >= target.atLeast, byProcessorTime: mean(byProcessor) }];
}
