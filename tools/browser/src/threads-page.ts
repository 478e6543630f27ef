// In a page or a worker of one: a model by one thread and by three.
import type { Graph } from '@lowbit/graph';
import { load } from '@lowbit/runtime';

/** What came of it. */
export interface ThreadsReport {
  readonly isIsolated: boolean;
  readonly isWindow: boolean;
  /** Threads of the second model. */
  readonly threads: number;
  readonly isSame: boolean;
  /** What the console was told. */
  readonly warnings: readonly string[];
}

const DEPTH = 64;

/** A point-wise convolution of floats, large enough to be shared out. */
const graph: Graph = {
  inputs: [{ name: 'x', shape: [32, 32, DEPTH] }],
  nodes: [
    {
      ...{ name: 'y', op: 'conv2d', inputs: ['x'], kernel: 'kernel' },
      ...{ strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 },
    },
  ],
  outputs: ['y'],
  parameters: { kernel: { kind: 'float32', shape: [1, 1, DEPTH, DEPTH], data: waves(DEPTH * DEPTH) } },
};

function waves(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, k) => Math.sin(k));
}

export async function threadsReport(): Promise<ThreadsReport> {
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => void warnings.push(text);
  try {
    const x = waves(32 * 32 * DEPTH);
    const [one, three] = [await load(graph), await load(graph, { threads: 3 })];
    const { y: expected } = await one.run({ x });
    let isSame = true;
    for (let k = 0; k < 20; k++) {
      const { y } = await three.run({ x });
      isSame &&= y!.every((value, i) => value === expected![i]);
    }
    const { threads } = three;
    three.dispose();
    const isWindow = 'document' in globalThis;
    return { isIsolated: globalThis.crossOriginIsolated, isWindow, threads, isSame, warnings };
  } finally {
    console.warn = warn;
  }
}

if ('document' in globalThis) Object.assign(globalThis, { threadsReport });
else void threadsReport().then((report) => postMessage(report));
