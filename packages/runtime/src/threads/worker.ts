// What a worker runs; `npm run worker` makes the text of generated/worker.ts of it, so that no bundler has to find a file.
import type { Kernels } from '../wasm/kernels.js';
import { serve } from './board.js';
import { runPiece, type Task } from './task.js';

/** What a worker is told. */
export interface Orders {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly board: Int32Array;
  readonly tasks: readonly Task[];
  /** The address of its own working memory. */
  readonly scratch: number;
}

/** The side of a worker that both hosts have. */
interface Port {
  onmessage: (event: { readonly data: Orders }) => void;
  postMessage(message: unknown): void;
}

const node = globalThis.process?.getBuiltinModule?.('node:worker_threads').parentPort;
const port = (node ?? globalThis) as unknown as Port;

port.onmessage = ({ data: { module, memory, board, tasks, scratch } }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort: () => undefined } });
  const kernels = exports as unknown as Kernels;
  port.postMessage('ready');
  serve(board, (task, piece) => runPiece(kernels, tasks[task]!, piece, scratch));
};
