import type { Graph, OpName } from '@lowbit/graph';
import { plan, type ModelMemory, type Plan } from './plan/plan.js';
import { sizeOf } from './plan/step.js';
import type { Team } from './threads/team.js';
import type { Engine, Simd } from './wasm/kernels.js';

/** A value that goes in or comes out, without the batch axis. */
export interface Port {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Numbers by name, row-major: one example, or several one after the other. */
export type Values = Readonly<Record<string, Float32Array>>;

/** How long a step of a model takes. */
export interface StepTime {
  /** The value that it makes. */
  readonly name: string;
  /** The ops that it computes at once. */
  readonly ops: readonly OpName[];
  readonly ms: number;
}

export interface ProfileOptions {
  /** Runs of each step, of which the mean is taken; 1 by default. */
  readonly repetitions?: number;
  /** Milliseconds; `performance.now` by default. */
  readonly clock?: () => number;
}

/** A network that is ready to run. It computes one batch at a time, and its memory is its own. */
export class Model {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Bytes that the model takes; they do not change while it runs. */
  readonly memory: ModelMemory;
  /** The instructions that it runs on. */
  readonly simd: Simd;
  /** What the graph's author wrote about it. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly #team: Team | undefined;
  #plan: Plan | undefined;
  #threads = 1;

  /**
   * `load` makes models.
   *
   * @internal
   * @throws LowbitError where the graph is not one, or has an op that is not known
   */
  constructor(graph: Graph, engine: Engine, team?: Team) {
    this.#team = team;
    this.#plan = plan(graph, engine, team);
    const { values, memory } = this.#plan;
    this.inputs = graph.inputs.map(({ name, shape }) => ({ name, shape }));
    this.outputs = graph.outputs.map((name) => ({ name, shape: values.get(name)!.shape }));
    this.memory = memory;
    this.simd = engine.simd;
    this.metadata = graph.metadata ?? {};
  }

  /** How many threads compute it. */
  get threads(): number {
    return this.#threads;
  }

  /**
   * Lets the team's threads begin; `load` does.
   *
   * @internal
   */
  async begin(engine: Engine): Promise<void> {
    const { tasks, scratches } = this.#plan!;
    this.#threads = (await this.#team?.begin({ engine, tasks, scratches })) ?? 1;
  }

  /**
   * Computes the outputs.
   *
   * @param inputs for each input its numbers, for each example `shape` of them; as many examples of each
   * @returns for each output its numbers, new arrays; codes as what they stand for
   * @throws Error of an input that is missing, unknown, no Float32Array, or of another size; RangeError of NaN in an input, or of a number that
   *   is no row of an embedding; Error after `dispose`, or where one of the model's threads has ended
   */
  async run(inputs: Values): Promise<Record<string, Float32Array>> {
    const plan = this.#ready();
    const count = this.#examples(inputs);
    const results = this.outputs.map(({ shape }) => new Float32Array(count * sizeOf(shape)));
    for (let example = 0; example < count; example++) {
      this.#put(plan, inputs, example);
      for (const step of plan.steps) step.run();
      this.outputs.forEach(({ name, shape }, k) => {
        const size = sizeOf(shape);
        results[k]!.set(plan.read(name, size), example * size);
      });
    }
    return Object.fromEntries(this.outputs.map(({ name }, k) => [name, results[k]!]));
  }

  /**
   * Times the steps that a run consists of, for the first example.
   *
   * @throws Error as {@link run}
   */
  async profile(
    inputs: Values,
    { repetitions = 1, clock = () => performance.now() }: ProfileOptions = {},
  ): Promise<StepTime[]> {
    const plan = this.#ready();
    this.#examples(inputs);
    this.#put(plan, inputs, 0);
    return plan.steps.map(({ name, ops, run }) => {
      const start = clock();
      for (let i = 0; i < repetitions; i++) run();
      return { name, ops, ms: (clock() - start) / repetitions };
    });
  }

  /** Gives back the model's memory, and ends its threads. */
  dispose(): void {
    this.#plan = undefined;
    this.#team?.end();
  }

  #ready(): Plan {
    this.#team?.check();
    if (this.#plan) return this.#plan;
    throw new Error('run: the model has been disposed of; load it again');
  }

  #put({ heap, addressOf }: Plan, inputs: Values, example: number): void {
    for (const { name, shape } of this.inputs) {
      const [address, size] = [addressOf(name), sizeOf(shape)];
      heap.floats(address, size).set(inputs[name]!.subarray(example * size, (example + 1) * size));
      const wrong = heap.engine.kernels.firstNaN(address, size);
      if (wrong < 0) continue;
      const at = example * size + wrong;
      throw new RangeError(`run: input '${name}' has NaN at ${at}; the model computes with numbers only`);
    }
  }

  /** Checks the inputs; how many examples they have. */
  #examples(inputs: Values): number {
    const names = this.inputs.map(({ name }) => name);
    const unknown = Object.keys(inputs).find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new Error(`run: the model has no input '${unknown}'; its inputs are ${names.join(', ')}`);
    const counts = this.inputs.map((port) => examplesOf(port, inputs));
    if (counts.some((count) => count !== counts[0])) {
      throw new Error(`run: the inputs ${names.join(', ')} have ${counts.join(', ')} examples; give as many of each`);
    }
    return counts[0] ?? 1;
  }
}

function examplesOf({ name, shape }: Port, inputs: Values): number {
  const data: unknown = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  const wanted = `a Float32Array of shape [${shape.join(', ')}], or several one after the other`;
  if (!(data instanceof Float32Array)) {
    const received = data === undefined ? 'nothing' : (Object(data) as object).constructor.name;
    throw new Error(`run: input '${name}', received ${received}; give ${wanted}`);
  }
  const size = sizeOf(shape);
  if (data.length === 0 || data.length % size !== 0) {
    throw new Error(`run: input '${name}' has ${size} numbers, received ${data.length}; give ${wanted}`);
  }
  return data.length / size;
}
