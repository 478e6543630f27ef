import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { interpret, type Graph } from '@lowbit/graph';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { load } from '../load.js';
import { askedSimd, codedKernel, randomFloats, unsigned, floatParameter } from '../testing.js';
import { engine } from '../wasm/kernels.js';
import { awaitJob, newBoard, publish } from './board.js';
import { startThread } from './host.js';
import { itemsAt, COUNT, piecesOf, type Task } from './task.js';
import { Team } from './team.js';

type Workers = typeof import('node:worker_threads');
const workers = process.getBuiltinModule('node:worker_threads');

/** Codes of an image, 3 × 3 over them: large enough to be shared out. */
const graph: Graph = {
  inputs: [{ name: 'x', shape: [40, 40, 16] }],
  nodes: [
    { name: 'codes', op: 'quantize', inputs: ['x'], thresholds: 'steps', levels: unsigned(4) },
    {
      ...{ name: 'y', op: 'conv2d', inputs: ['codes'], kernel: 'kernel' },
      ...{ strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 1 },
    },
  ],
  outputs: ['y'],
  parameters: {
    steps: floatParameter(
      [15],
      Float32Array.from({ length: 15 }, (_, k) => (k + 0.5) / 8 - 1),
    ),
    kernel: codedKernel([3, 3, 16, 64], [-1, 1], 1),
  },
};
const x = randomFloats(40 * 40 * 16, 2);
const expected = interpret(graph, { x })['y']!.data;

/** Bit for bit; of so many numbers, much faster than `toEqual`. */
function expectSame({ y }: Record<string, Float32Array>): void {
  expect(Buffer.from(y!.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Lets the runtime find other workers than Node's: none, or some. */
function replaceWorkers(replaced: Partial<Workers> | undefined): void {
  const builtin = process.getBuiltinModule.bind(process) as (id: string) => object | undefined;
  const spy = vi.spyOn(process, 'getBuiltinModule') as unknown as { mockImplementation(f: typeof builtin): void };
  spy.mockImplementation((id) => (id === 'node:worker_threads' ? replaced : builtin(id)));
}

/** The workers that are started from now on. */
function watchWorkers(): InstanceType<Workers['Worker']>[] {
  const started: InstanceType<Workers['Worker']>[] = [];
  class Watched extends workers.Worker {
    constructor(...args: ConstructorParameters<Workers['Worker']>) {
      super(...args);
      started.push(this);
    }
  }
  replaceWorkers({ ...workers, Worker: Watched });
  return started;
}

const exits = (started: readonly InstanceType<Workers['Worker']>[]) =>
  Promise.all(started.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));

describe('threads', () => {
  it.each([1, 2, 3, 5])('%i give the same', async (threads) => {
    const model = await load(graph, { threads, simd: askedSimd });
    expect(model.threads).toBe(threads);
    for (let k = 0; k < 5; k++) expectSame(await model.run({ x }));
    expect(await model.profile({ x })).toHaveLength(2);
    model.dispose();
  });

  it('are as many as there are cores, at most 4, where they are left to the host', async () => {
    const model = await load(graph, { threads: 'auto' });
    const cores = process.getBuiltinModule('node:os').availableParallelism();
    expect(model.threads).toBe(Math.min(4, cores));
    model.dispose();
  });

  it.each([0, -1, 1.5, 65, NaN, '2', null])('refuses to be %s', async (threads) => {
    const error = await load(graph, { threads: threads as number }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toContain(`a whole number from 1 to 64, or 'auto', received ${String(threads)}`);
  });

  it('compute what nobody else does', async () => {
    const host = await engine(undefined, true);
    host.memory.grow(2);
    const [from, to, scratch] = [1024, 65536, 512];
    new Float32Array(host.memory.buffer, from, 1000).fill(-3);
    const values = [itemsAt(from, 4), itemsAt(to, 4), COUNT, 2];
    const task: Task = { kernel: 'unary', items: 1000, grain: 16, arguments: values };
    const board = newBoard();
    const thread = await new Promise<ReturnType<typeof startThread>>((resolve, reject) => {
      const thread = startThread({ onReady: () => resolve(thread), onEnd: (reason) => reject(new Error(reason)) });
      thread.post({ module: host.module, memory: host.memory, board, tasks: [task], scratch });
    });
    expect(awaitJob(board, publish(board, 0, piecesOf(task)), 10_000)).toBe(true);
    expect([...new Float32Array(host.memory.buffer, to, 1001)]).toEqual([...new Array<number>(1000).fill(3), 0]);
    thread.end();
  });
});

describe('where there are none', () => {
  it('a model runs on one thread, and says so once', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    replaceWorkers(undefined);
    for (let k = 0; k < 2; k++) expect((await load(graph, { threads: 2 })).threads).toBe(1);
    vi.stubGlobal('Worker', () => undefined);
    for (let k = 0; k < 2; k++) {
      const model = await load(graph, { threads: 'auto' });
      expect(model.threads).toBe(1);
      expectSame(await model.run({ x }));
    }
    expect(warn.mock.calls.map(([text]) => text as unknown)).toEqual([
      '@lowbit/runtime runs on one thread: the host has no workers',
      expect.stringContaining('the page is not cross-origin isolated; serve it with the headers'),
    ]);
  });

  it('a thread that does not start is done without', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    let count = 0;
    class Faulty extends workers.Worker {
      constructor(source: string, options: object) {
        super(count++ === 0 ? 'throw new Error("no start")' : source, options);
      }
    }
    replaceWorkers({ ...workers, Worker: Faulty as unknown as Workers['Worker'] });
    const model = await load(graph, { threads: 3 });
    expect(model.threads).toBe(2);
    expectSame(await model.run({ x }));
    expect(warn.mock.calls).toEqual([['@lowbit/runtime runs on 2 threads: Error: no start']]);
    model.dispose();
  });
});

describe('the end', () => {
  it('of a model is that of its threads', async () => {
    const started = watchWorkers();
    const model = await load(graph, { threads: 3 });
    const ended = exits(started);
    model.dispose();
    await ended;
    expect(started.length).toBe(2);
    await expect(model.run({ x })).rejects.toThrow('the model has been disposed of');
  });

  it('of loading too, where it fails', async () => {
    const started = watchWorkers();
    await expect(load(new Uint8Array(9), { threads: 2 })).rejects.toThrow();
    expect(started.length).toBe(1);
    await exits(started);
  });

  it('of a thread is an error of the next run', async () => {
    const started = watchWorkers();
    const model = await load(graph, { threads: 2 });
    await model.run({ x });
    await started[0]!.terminate();
    await expect(model.run({ x })).rejects.toThrow(
      'run: a thread of the model is gone: it ended with code 1; load the model again',
    );
  });

  it('of a thread in the middle of its work is an error', async () => {
    class Silent extends workers.Worker {
      constructor(_: string, options: object) {
        // takes the first piece that there will be
        const taking = `const { parentPort } = require('node:worker_threads');
          parentPort.once('message', ({ board }) => {
            Atomics.add(board, 4, 1);
            parentPort.postMessage('ready');
          });`;
        super(taking, options);
      }
    }
    replaceWorkers({ ...workers, Worker: Silent as unknown as Workers['Worker'] });
    const host = await engine(undefined, true);
    const team = new Team(2, { patience: 100 });
    const task: Task = { kernel: 'fillBytes', items: 2, grain: 1, arguments: [1024, 16, 0] };
    expect(await team.begin({ engine: host, tasks: [task], scratches: [512, 512] })).toBe(2);
    expect(() => team.run(0)).toThrow('a thread of the model is gone: it did not answer within 0.1 s');
    expect(() => team.run(0)).toThrow('load the model again');
    team.end();
  });

  it('of a process does not wait for threads', () => {
    const target = fileURLToPath(new URL('../testing/exit-target.ts', import.meta.url));
    const args = ['--conditions=@lowbit/source', '--import', 'tsx', target];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 50_000 });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '3 threads: 0.75\n', stderr: '' });
  });
});
