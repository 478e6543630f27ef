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

/** What a replica gives for its share of a batch, besides {@link Replica.values}. */
export interface Contribution {
  /** The weights that have a gradient; none of an empty share. */
  readonly withGradient: ReadonlySet<string>;
  readonly sums: MetricSums;
}

/**
 * A model whose weights go from thread to thread as one vector: those that learn, then the others, each in the model's order. Its
 * two vectors are made once, since memory that is asked for anew in each step keeps the garbage collector busy.
 */
export class Replica {
  /** The weights before the step. */
  readonly weights: Float32Array;
  /** What it gives: the gradient where a weight learns, else what the forward pass has changed the weight by. */
  readonly values: Float32Array;
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
    this.weights = new Float32Array(start);
    this.values = new Float32Array(start);
  }

  /** What must be the same in every replica: the names and shapes of the weights. */
  get layout(): string[] {
    return this.#places.map(({ name, variable }) => `${name} [${variable.shape.join(', ')}]`);
  }

  /** Copies the model's weights into the vector. */
  async read(): Promise<void> {
    const { weights } = this;
    await Promise.all(
      this.#places.map(async ({ variable, start }) => weights.set(await variable.data<'float32'>(), start)),
    );
  }

  /** Gives the model the weights of the vector. */
  write(): void {
    for (const place of this.#places) assign(place, this.weights);
  }

  /**
   * Both passes on a share of a batch.
   *
   * @param part the share's part of the batch's examples, which all that it gives is multiplied by: the sum over the shares is
   *   then the mean over the batch
   */
  async contribute(
    objective: Omit<Objective, 'model' | 'variables'>,
    share: Batch,
    { part, seed }: { part: number; seed: number },
  ): Promise<Contribution> {
    const { model, trainable: variables, weights, values } = this;
    values.fill(0);
    if (part === 0) return { withGradient: new Set(), sums: NO_SUMS };
    const passes = bothPasses({ ...objective, model, variables }, share, seed);
    try {
      const copies = this.#places.map(async ({ name, variable, learns, start, end }) => {
        const data = await (learns ? passes.gradients[name] : variable)?.data<'float32'>();
        for (let i = start; data && i < end; i++) values[i] = part * (data[i - start]! - (learns ? 0 : weights[i]!));
      });
      const [sums] = await Promise.all([passSums(passes, share), ...copies]);
      return { withGradient: new Set(Object.keys(passes.gradients)), sums };
    } finally {
      dispose(tensorsOf(passes));
    }
  }

  /** The gradients among the values, once they are summed; whoever asked for them disposes of them. */
  gradients(withGradient: ReadonlySet<string>): NamedTensors {
    const places = this.#places.filter(({ name }) => withGradient.has(name));
    return Object.fromEntries(
      places.map(({ name, variable, start, end }) => [name, tensor(this.values.slice(start, end), variable.shape)]),
    );
  }

  /** Sets what forward passes change, such as moving averages, to what it was plus the values, once they are summed. */
  writeChanges(): void {
    const { weights, values } = this;
    for (const place of this.#places) {
      if (place.learns) continue;
      for (let i = place.start; i < place.end; i++) values[i]! += weights[i]!;
      assign(place, values);
    }
  }
}

function assign({ variable, start, end }: Place, values: Float32Array): void {
  // a copy: the cpu backend takes the memory that it is given
  tidy(() => variable.assign(tensor(values.slice(start, end), variable.shape, 'float32')));
}
