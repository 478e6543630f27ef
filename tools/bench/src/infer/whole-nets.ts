import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ratioFigure, valueFigure, type Figure, type Ratio } from '../figures.js';
import { spread, type Row } from '../report.js';
import { bundledCommand } from '../run/bundled.js';
import { sideOf, startChild, startProcess } from '../run/child.js';
import type { Group } from '../run/measure.js';
import { nodeCommand, OWN_SIMD } from '../run/node.js';
import type { Side, Skipped } from '../run/side.js';
import { onnxNet, type OnnxForm, type OnnxNet } from './onnx/nets.js';
import { ENGINE_NAMES, startOnnx, type OnnxEngine } from './onnx/start.js';
import { PRODUCT_NETS, type ProductNet } from './product-nets.js';
import { KINDS } from './products.js';

const SSPQ = 'L-SSPQ50 W1A4, 224², one image';
const RESNETS = { ResNet18: 'ResNet18, 224², one image', ResNet20: 'ResNet20, 32², one image' } as const;
const THREADS = 'L-SSPQ50 W1A4, threads';
const FIRST = 'L-SSPQ50 W1A4, load and first run';
const FILE = 'L-SSPQ50 W1A4, file';

const FORMS: readonly OnnxForm[] = ['float', 'int8'];
const ENGINES: readonly OnnxEngine[] = ['web', 'native'];

const ownName = (net: ProductNet, simd: string) => `${net}, ${simd} SIMD`;
const peerName = (engine: OnnxEngine, net: OnnxNet, form: OnnxForm) => `${ENGINE_NAMES[engine]}, ${net} ${form}`;
const threadsName = (threads: number) => `${threads} thread${threads === 1 ? '' : 's'}`;

/** Whole nets, packed, beside those of ONNX Runtime. */
export function wholeNets(repetitions: number, folder: string): Group[] {
  const packed = packer(folder);
  const common = { repetitions: { warm: 2, timed: repetitions } };
  const own = (net: ProductNet) =>
    KINDS.map((simd) => async () => startNet(ownName(net, simd), await packed(net), simd, 1));
  const peers = (engine: OnnxEngine, nets: readonly OnnxNet[]) =>
    nets.flatMap((net) => FORMS.map((form) => () => startPeer(engine, net, form, folder)));
  const resnet = (net: keyof typeof RESNETS): Group => ({
    ...{ shape: RESNETS[net], ...common },
    sides: [...own(net), ...ENGINES.flatMap((engine) => peers(engine, [net]))],
  });
  return [
    {
      ...{ shape: SSPQ, ...common },
      sides: [
        ...[...own('L-SSPQ50'), ...own('L-SSPQ50, whole shifts')],
        ...ENGINES.flatMap((engine) => peers(engine, ['MobileNetV2', 'ResNet50'])),
      ],
    },
    resnet('ResNet18'),
    resnet('ResNet20'),
    {
      ...{ shape: THREADS, ...common },
      sides: [1, 2].map(
        (threads) => async () => startNet(threadsName(threads), await packed('L-SSPQ50'), OWN_SIMD, threads),
      ),
    },
    {
      ...{ shape: FIRST, repetitions: { warm: 0, timed: repetitions } },
      sides: KINDS.map((simd) => async () => firstRuns(simd, await packed('L-SSPQ50'), folder)),
    },
  ];
}

/** The bytes of the packed net, where it was packed. */
export async function fileRows(folder: string): Promise<Row[]> {
  try {
    const { size } = await stat(packedFile(folder, 'L-SSPQ50'));
    return [{ side: 'L-SSPQ50', shape: FILE, ...spread([size / 2 ** 20]), unit: 'MiB' }];
  } catch {
    return [];
  }
}

/** What the nets are to reach. */
export function netFigures(rows: readonly Row[]): Figure[] {
  const time = (what: string, rest: Omit<Ratio, 'what' | 'of'>) =>
    ratioFigure(rows, { what: `time of ${what}`, of: 'time', ...rest });
  const web = (net: OnnxNet, forms: readonly OnnxForm[]) => forms.map((form) => peerName('web', net, form));
  return [
    ...KINDS.flatMap((simd) =>
      (['L-SSPQ50', 'L-SSPQ50, whole shifts'] as const).flatMap((net) => {
        const side = ownName(net, simd);
        const beside = (what: string, against: readonly string[], atMost: number) =>
          time(`${side}, against ${what}`, { shape: SSPQ, side, against, target: { atMost } });
        return [
          ...beside("ONNX Runtime Web's faster MobileNetV2", web('MobileNetV2', FORMS), 1),
          ...beside("ONNX Runtime Web's ResNet50 in float", web('ResNet50', ['float']), 1 / 8),
          ...beside("ONNX Runtime Web's ResNet50 in int8", web('ResNet50', ['int8']), 1 / 4),
        ];
      }),
    ),
    ...(['ResNet18', 'ResNet20'] as const).flatMap((net) =>
      KINDS.flatMap((simd) => {
        const side = ownName(net, simd);
        const what = `${side}, W2A2, against ONNX Runtime Web's int8`;
        return time(what, { shape: RESNETS[net], side, against: web(net, ['int8']), target: { atMost: 0.6 } });
      }),
    ),
    ...ratioFigure(rows, {
      ...{ what: 'L-SSPQ50, 2 threads against 1', shape: THREADS, target: { atLeast: 1.7 } },
      ...{ side: threadsName(2), against: threadsName(1) },
    }).map(({ byProcessorTime: _, ...figure }) => figure), // which is that of both threads
    ...KINDS.flatMap((simd) => {
      const side = ownName('L-SSPQ50', simd);
      return valueFigure(
        rows,
        { what: `${side}, load and first run`, shape: FIRST, side, target: { atMost: 150 } },
        'ms',
      );
    }),
    ...valueFigure(rows, { what: 'L-SSPQ50, file', shape: FILE, side: 'L-SSPQ50', target: { atMost: 3.65 } }, 'MiB'),
  ];
}

function startNet(name: string, file: string, simd: 'plain' | 'relaxed', threads: number): Promise<Side | Skipped> {
  const command = nodeCommand(new URL('./net-side.ts', import.meta.url), [file, simd, String(threads)], simd);
  return startChild({ name, ...command });
}

async function startPeer(engine: OnnxEngine, net: OnnxNet, form: OnnxForm, folder: string): Promise<Side | Skipped> {
  const name = peerName(engine, net, form);
  const started = await startOnnx(engine, folder, { [`${net}-${form}`]: onnxNet(net, form) });
  if ('skipped' in started) return { name, skipped: started.skipped };
  return { ...sideOf(name, started, 'step 0'), close: () => started.close() };
}

/** A side that loads L-SSPQ50 and runs it once, each time in a process of its own. */
async function firstRuns(simd: 'plain' | 'relaxed', file: string, folder: string): Promise<Side | Skipped> {
  const name = ownName('L-SSPQ50', simd);
  const command = await bundledCommand(new URL('./first-run.ts', import.meta.url), folder, [file, simd], simd);
  const started = await startProcess({ name, ...command });
  if ('skipped' in started) return started;
  await started.close();
  return {
    ...sideOf(name, started),
    step: async () => {
      const side = await startChild({ name, ...command });
      if ('skipped' in side) throw new Error(side.skipped);
      try {
        return await side.step();
      } finally {
        await side.close();
      }
    },
  };
}

/** Packs each net when it is first asked for, in a process of its own. */
function packer(folder: string): (net: ProductNet) => Promise<string> {
  const made = new Map<ProductNet, Promise<string>>();
  const pack = async (net: ProductNet) => {
    const file = packedFile(folder, net);
    const { command, args } = nodeCommand(new URL('./pack.ts', import.meta.url), [net, file]);
    await promisify(execFile)(command, args);
    return file;
  };
  return (net) => {
    if (!made.has(net)) made.set(net, pack(net));
    return made.get(net)!;
  };
}

function packedFile(folder: string, net: ProductNet): string {
  return path.join(folder, `${Object.keys(PRODUCT_NETS).indexOf(net)}.lowbit`);
}
