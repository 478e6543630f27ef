import type { NamedTensors, NamedVariables } from '@lowbit/plugin-api';
import type { Batch } from '@lowbit/data';
import { dispose, tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { NO_SUMS, type MetricSums } from '../loop/metrics.js';
import { bothPasses, passSums, tensorsOf, type Objective } from '../loop/step.js';
import { namedWeights } from '../loop/weights.js';

interface Place {
  readonly name: string;
  readonly variable: Variable;
  readonly learns: boolean;
  /** Where its values lie in the vector. */
  readonly start: number;
  readonly end: number;
}

/** What a replica gives for its share of a batch. */
export interface Contribution {
  /** A vector in the layout of the weights: the gradient where a weight learns, else what the forward pass has changed it by. */
  readonly values: Float32Array;
  /** The weights that have a gradient; none of an empty share. */
  readonly withGradient: ReadonlySet<string>;
  readonly sums: MetricSums;
}

/** A model whose weights go from thread to thread as one vector: those that learn, then the others, each in the model's order. */
export class Replica {
  /** Number of values in the vector. */
  readonly length: number;
  readonly trainable: NamedVariables;
  readonly #places: readonly Place[];

  constructor(readonly model: LayersModel) {
    const { all, trainable } = namedWeights(model);
    const others = Object.entries(all).filter(([name]) => !(name in trainable));
    let start = 0;
    this.#places = [...Object.entries(trainable), ...others].map(([name, variable]) => {
      const place = { name, variable, learns: name in trainable, start, end: start + variable.size };
      start = place.end;
      return place;
    });
    this.trainable = trainable;
    this.length = start;
  }

  /** What must be the same in every replica: the names and shapes of the weights. */
  get layout(): string[] {
    return this.#places.map(({ name, variable }) => `${name} [${variable.shape.join(', ')}]`);
  }

  async read(): Promise<Float32Array> {
    const values = new Float32Array(this.length);
    const copies = this.#places.map(async ({ variable, start }) => values.set(await variable.data<'float32'>(), start));
    await Promise.all(copies);
    return values;
  }

  write(values: Float32Array): void {
    for (const place of this.#places) assign(place, values);
  }

  /**
   * Both passes on a share of a batch.
   *
   * @param part the share's part of the batch's examples, which all that it gives is multiplied by: the sum over the shares is
   *   then the mean over the batch
   * @param weights what {@link read} gives
   */
  async contribute(
    objective: Omit<Objective, 'model' | 'variables'>,
    share: Batch,
    { part, seed, weights }: { part: number; seed: number; weights: Float32Array },
  ): Promise<Contribution> {
    const values = new Float32Array(this.length);
    if (part === 0) return { values, withGradient: new Set(), sums: NO_SUMS };
    const passes = bothPasses({ ...objective, model: this.model, variables: this.trainable }, share, seed);
    try {
      const copies = this.#places.map(async ({ name, variable, learns, start, end }) => {
        const data = await (learns ? passes.gradients[name] : variable)?.data<'float32'>();
        for (let i = start; data && i < end; i++) values[i] = part * (data[i - start]! - (learns ? 0 : weights[i]!));
      });
      const [sums] = await Promise.all([passSums(passes, share), ...copies]);
      return { values, withGradient: new Set(Object.keys(passes.gradients)), sums };
    } finally {
      dispose(tensorsOf(passes));
    }
  }

  /** The gradients in a vector of summed contributions; whoever asked for them disposes of them. */
  gradients(values: Float32Array, withGradient: ReadonlySet<string>): NamedTensors {
    const places = this.#places.filter(({ name }) => withGradient.has(name));
    return Object.fromEntries(
      places.map(({ name, variable, start, end }) => [name, tensor(values.slice(start, end), variable.shape)]),
    );
  }

  /** Sets what forward passes change, such as moving averages, to what it was plus the summed contributions. */
  writeChanges(weights: Float32Array, values: Float32Array): void {
    const after = weights.map((weight, i) => weight + values[i]!);
    for (const place of this.#places) if (!place.learns) assign(place, after);
  }
}

function assign({ variable, start, end }: Place, values: Float32Array): void {
  // a copy: the cpu backend takes the memory that it is given
  tidy(() => variable.assign(tensor(values.slice(start, end), variable.shape, 'float32')));
}
