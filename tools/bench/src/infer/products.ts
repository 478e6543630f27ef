import { geometricMean, judged, ratioFigure, type Figure, type Target } from '../figures.js';
import type { Work } from '../kernels/calls.js';
import { startKernels } from '../kernels/start.js';
import type { Row } from '../report.js';
import { sideOf, startProcess, type Started } from '../run/child.js';
import type { Group } from '../run/measure.js';
import { nodeCommand } from '../run/node.js';
import type { Skipped } from '../run/side.js';
import { INSTRUCTIONS, type InstructionName } from './limits.js';
import { onnxProduct, ONNX_PRODUCTS } from './onnx/products.js';
import { ENGINE_NAMES, startOnnx, type OnnxEngine } from './onnx/start.js';
import { PAIRS, SHAPES, type Pair, type Shape } from './pointwise.js';

export const KINDS = ['plain', 'relaxed'] as const;
type Kind = (typeof KINDS)[number];

const pairs = Object.keys(PAIRS) as Pair[];
const ENGINES: readonly OnnxEngine[] = ['web', 'native'];
const FLOAT = 'stock TF.js WASM, float';
const LIMITS = 'multiply instructions, from registers to registers';

/** How many times as fast as TF.js in float, and as the fastest of ONNX Runtime Web's int8. */
const TARGETS: Readonly<Record<Kind, { float: number; int8: Readonly<Record<Pair, number>> }>> = {
  plain: { float: 7.5, int8: { W1A4: 3.6, W2A2: 2, W2A4: 1.9, W4A4: 1.7, W8A8: 1.15 } },
  relaxed: { float: 12, int8: { W1A4: 5.5, W2A2: 3, W2A4: 3, W4A4: 2.3, W8A8: 1.3 } },
};

const nameOf = ([places, channels, filters]: Shape) => `${places}×${channels}×${filters}`;
const sideName = (pair: Pair, simd: Kind) => `${pair}, ${simd} SIMD`;
const int8Name = (engine: OnnxEngine, kind: string) => `${ENGINE_NAMES[engine]}, ${kind}`;

/** Point-wise convolutions beside those of others, and the instructions that limit them. */
export interface Products {
  readonly groups: readonly Group[];
  figures(rows: readonly Row[]): Figure[];
  close(): Promise<void>;
}

/**
 * Point-wise convolutions of few bits, from codes to codes, beside float in TF.js and int8 in ONNX Runtime; one thread each.
 *
 * @param folder for files
 */
export async function pointwiseProducts(repetitions: number, folder: string): Promise<Products> {
  const works = SHAPES.map((shape): Work => ({ name: nameOf(shape), calls: [matMul(shape)] }));
  const models = Object.fromEntries(
    SHAPES.flatMap((shape) =>
      ONNX_PRODUCTS.map((kind) => [`${kind}-${nameOf(shape)}`, onnxProduct(kind, shape)] as const),
    ),
  );
  const own = KINDS.map((simd) => {
    const command = nodeCommand(new URL('./side.ts', import.meta.url), [simd], simd);
    return startProcess({ name: `${simd} SIMD`, ...command });
  });
  const [stock, web, native, ...runtimes] = (await Promise.all([
    startKernels('stock', works),
    ...ENGINES.map((engine) => startOnnx(engine, folder, models)),
    ...own,
  ])) as [Process, Process, Process, ...Process[]];
  const engines = { web, native };
  const common = { repetitions: { warm: 2, timed: repetitions } };
  const groups = SHAPES.map((shape, index): Group => ({
    ...{ shape: nameOf(shape), ...common, work: { amount: (shape[0] * shape[1] * shape[2]) / 1e9, unit: 'GMAC' } },
    sides: [
      ...KINDS.flatMap((simd, k) =>
        pairs.map((pair) => side(sideName(pair, simd), runtimes[k]!, `product ${index},${pair}`)),
      ),
      side(FLOAT, stock, `step ${index}`),
      ...ENGINES.flatMap((engine) =>
        ONNX_PRODUCTS.map((kind, k) =>
          side(int8Name(engine, kind), engines[engine], `step ${index * ONNX_PRODUCTS.length + k}`),
        ),
      ),
    ],
  }));
  const instructions = Object.entries(INSTRUCTIONS).map(([name, { simd }]) =>
    side(name, runtimes[KINDS.indexOf(simd)]!, `instruction ${name}`),
  );
  const limits: Group = { shape: LIMITS, ...common, work: { amount: 1, unit: 'G' }, sides: instructions };
  return {
    groups: [...groups, limits],
    figures,
    close: async () => {
      await Promise.all([stock, web, native, ...runtimes].map((each) => 'close' in each && each.close()));
    },
  };
}

type Process = Started | Skipped;

const side = (name: string, started: Process, request: string) => async () =>
  'skipped' in started ? { name, skipped: started.skipped } : sideOf(name, started, request);

function matMul([places, channels, filters]: Shape): Work['calls'][number] {
  const given = (...shape: number[]) => ({ shape: [1, ...shape], dtype: 'float32' }) as const;
  const inputs = { a: given(places, channels), b: given(channels, filters) };
  return { kernel: 'BatchMatMul', inputs, attrs: { transposeA: false, transposeB: false }, times: 1 };
}

/** Of each pair of bits the geometric mean over the shapes. */
function figures(rows: readonly Row[]): Figure[] {
  const names = SHAPES.map(nameOf);
  const shape = names.filter((name) => rows.some((row) => row.shape === name));
  const int8 = (engine: OnnxEngine) => ONNX_PRODUCTS.map((kind) => int8Name(engine, kind));
  return KINDS.flatMap((simd) =>
    pairs.flatMap((pair) => {
      const own = sideName(pair, simd);
      const ratio = (whom: string, against: string | readonly string[], target?: Target) =>
        ratioFigure(rows, { what: `${own}, against ${whom}`, shape, side: own, against, target });
      const targets = TARGETS[simd];
      return [
        ...(pair === 'W1A4' ? ratio('TF.js float', FLOAT, { atLeast: targets.float }) : []),
        ...ratio("ONNX Runtime Web's int8", int8('web'), { atLeast: targets.int8[pair] }),
        ...ratio("native ONNX Runtime's int8", int8('native')),
        ...shareFigure(rows, shape, pair, simd),
      ];
    }),
  );
}

/** What share of what the processor multiplies at most a pair's products reach. */
function shareFigure(rows: readonly Row[], shapes: readonly string[], pair: Pair, simd: Kind): Figure[] {
  const limits = limitsOf(rows, pair, simd);
  const speeds = shapes.map((shape) => rows.find((row) => row.shape === shape && row.side === sideName(pair, simd)));
  const measured = speeds.flatMap((row) => (row && 'median' in row ? row.median : []));
  if (limits.length === 0 || measured.length === 0 || measured.length < shapes.length) return [];
  // of two that are as good as equal the later, which needs no codes of 16 bits
  const { name, most } = limits.reduce((best, limit) => (limit.most > 0.9 * best.most ? limit : best));
  const share = (100 * geometricMean(measured)) / most;
  return [judged(`${sideName(pair, simd)}, share of what ${name} could do`, share, '%')];
}

/** GMAC/s that the instructions of a kind of SIMD could do at most for a pair; a relaxed engine has the plain ones too. */
function limitsOf(rows: readonly Row[], pair: Pair, simd: Kind): { name: string; most: number }[] {
  return (Object.keys(INSTRUCTIONS) as InstructionName[]).flatMap((name) => {
    const { simd: kind, macs }: { simd: Kind; macs: Readonly<Partial<Record<Pair, number>>> } = INSTRUCTIONS[name];
    const row = rows.find((each) => each.shape === LIMITS && each.side === name);
    const each = macs[pair];
    if (!row || 'skipped' in row || !each || (kind === 'relaxed' && simd === 'plain')) return [];
    return [{ name, most: row.median * each }];
  });
}
