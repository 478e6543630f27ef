import type { Facts } from './facts.js';
import type { Answer, Calls, Question } from './worker.js';

/** A model in the worker. */
export interface PageModel {
  readonly name: string;
  readonly facts: Facts;
  /** One score for each label. */
  run(values: Float32Array): Promise<Float32Array>;
  /** By which the worker knows it. */
  readonly key: number;
  close(): Promise<void>;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'models' });
const waiting = new Map<number, Waiting>();
let last = 0;

worker.onmessage = ({ data }: MessageEvent<Answer>) => {
  const { resolve, reject } = waiting.get(data.id)!;
  waiting.delete(data.id);
  if ('error' in data) reject(new Error(data.error));
  else resolve(data.result);
};
worker.onerror = ({ message }) => {
  for (const { reject } of waiting.values()) reject(new Error(message || 'the worker of the models does not start'));
  waiting.clear();
};

type Result<Name extends keyof Calls> = Awaited<ReturnType<Calls[Name]>>;

function call<Name extends keyof Calls>(name: Name, ...args: Parameters<Calls[Name]>): Promise<Result<Name>> {
  return new Promise((resolve, reject) => {
    const id = ++last;
    waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
    worker.postMessage({ id, name, args } satisfies Question);
  });
}

/**
 * Makes a model ready to run.
 *
 * @throws Error of a file that is no packed network, or none that the page can show
 */
export async function openModel(name: string, bytes: Uint8Array): Promise<PageModel> {
  const { key, facts } = await call('open', bytes);
  return {
    name,
    facts,
    key,
    run: (values) => call('run', key, values),
    close: () => call('close', key),
  };
}

/** Milliseconds that each model takes for a run, measured side by side for about `budget` milliseconds each. */
export function timeModels(models: readonly PageModel[], values: Float32Array, budget: number): Promise<number[]> {
  return call(
    'time',
    models.map(({ key }) => key),
    values,
    budget,
  );
}

/** A model that lies beside the page. */
export async function fetchModel(name: string, path: string): Promise<PageModel> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status} ${response.statusText}`);
  return openModel(name, new Uint8Array(await response.arrayBuffer()));
}
