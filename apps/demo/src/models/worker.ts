// The worker in which models run, so that the page stays free.
import { readModel } from '@lowbit/graph';
import { load, type Model } from '@lowbit/runtime';
import { factsOf, type Facts } from './facts.js';

/** A model in the worker. */
interface Open {
  readonly model: Model;
  readonly input: string;
  readonly output: string;
}

/** Milliseconds: long enough for clocks that browsers make coarse. */
const STRETCH = 4;

const models = new Map<number, Open>();
let last = 0;

/** Milliseconds a run, the mean of some. */
async function stretch({ model, input }: Open, values: Float32Array): Promise<number> {
  const began = performance.now();
  let [runs, passed] = [0, 0];
  do {
    await model.run({ [input]: values });
    runs++;
    passed = performance.now() - began;
  } while (passed < STRETCH);
  return passed / runs;
}

const calls = {
  async open(bytes: Uint8Array): Promise<{ key: number; facts: Facts }> {
    const graph = readModel(bytes);
    const described = factsOf(graph, bytes.byteLength);
    const model = await load(graph);
    const { memory, simd, threads } = model;
    models.set(++last, { model, input: model.inputs[0]!.name, output: model.outputs[0]!.name });
    return { key: last, facts: { ...described, memory, simd, threads } };
  },
  async run(key: number, values: Float32Array): Promise<Float32Array> {
    const { model, input, output } = models.get(key)!;
    return (await model.run({ [input]: values }))[output]!;
  },
  /** Milliseconds a run of each: medians of stretches, in turns, so that what else the machine does hits them alike. */
  async time(keys: readonly number[], values: Float32Array, budget: number): Promise<number[]> {
    const stretches = keys.map((): number[] => []);
    const end = performance.now() + budget * keys.length;
    do {
      for (const [i, key] of keys.entries()) stretches[i]!.push(await stretch(models.get(key)!, values));
    } while (performance.now() < end);
    return stretches.map((each) => each.sort((a, b) => a - b)[each.length >> 1]!);
  },
  close(key: number): void {
    models.get(key)?.model.dispose();
    models.delete(key);
  },
};

export type Calls = typeof calls;

/** What is asked of the worker, and what it answers. */
export interface Question {
  readonly id: number;
  readonly name: keyof Calls;
  readonly args: readonly unknown[];
}
export type Answer = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

onmessage = async ({ data: { id, name, args } }: MessageEvent<Question>) => {
  try {
    const call = calls[name] as (...args: readonly unknown[]) => unknown;
    postMessage({ id, result: await call(...args) } satisfies Answer);
  } catch (error) {
    postMessage({ id, error: (error as Error).message } satisfies Answer);
  }
};
