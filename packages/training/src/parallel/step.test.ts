import type { NamedTensors, Step } from '@lowbit/plugin-api';
import type { Batch } from '@lowbit/data';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, regularizers, sequential, type LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainStep, type Trainer, type TrainStep } from '../loop/step.js';
import { namedWeights, readVariables } from '../loop/weights.js';
import { softmaxCrossEntropy } from '../losses.js';
import type { GradientExchange } from './exchange.js';
import { Replica } from './replica.js';
import { SharedMemoryExchange } from './shared-memory.js';
import { parallelStep, type Others } from './step.js';

beforeAll(() => tf.setBackend('cpu'));

const CLASSES = 7;

function model({ batchNorm = false } = {}): LayersModel {
  const kernelInitializer = (seed: number) => initializers.glorotUniform({ seed });
  const kernelRegularizer = regularizers.l2({ l2: 0.01 });
  return sequential({
    layers: [
      layers.dense({
        name: 'frozen',
        units: 6,
        inputShape: [5],
        kernelInitializer: kernelInitializer(1),
        trainable: false,
      }),
      ...(batchNorm ? [layers.batchNormalization({ name: 'bn', momentum: 0.8 })] : []),
      layers.dense({
        name: 'first',
        units: 8,
        activation: 'tanh',
        kernelInitializer: kernelInitializer(2),
        kernelRegularizer,
      }),
      layers.dense({ name: 'logits', units: CLASSES, kernelInitializer: kernelInitializer(3) }),
    ],
  });
}

function batchOf(examples: number): Batch {
  return {
    inputs: { shape: [examples, 5], data: Float32Array.from({ length: 5 * examples }, (_, i) => Math.sin(i * i)) },
    targets: { shape: [examples], data: Int32Array.from({ length: examples }, (_, i) => (3 * i) % CLASSES) },
  };
}

const step: Step = {
  index: 0,
  stageIndex: 0,
  stage: 0,
  epoch: 0,
  rate: 1,
  seed: 5,
  rateScale: () => 1,
  slot: () => expect.fail('no slots here'),
};

/** A trainer that leaves the weights as they are and tells what gradients came. */
function spying(replica: Replica): { trainer: Trainer; seen: Record<string, Float32Array> } {
  const seen: Record<string, Float32Array> = {};
  const descend = (gradients: NamedTensors): void => {
    for (const [name, each] of Object.entries(gradients)) seen[name] = each.dataSync<'float32'>().slice();
  };
  const { model, trainable: variables } = replica;
  const loss = softmaxCrossEntropy();
  return { trainer: { model, variables, loss, precision: {}, descend, weightTransforms: [] }, seen };
}

/** All replicas in one thread, each on a model of its own, with `wrap` around rank 0's exchange. */
function team(make: () => LayersModel, size: number, wrap = (exchange: GradientExchange) => exchange) {
  const replicas = Array.from({ length: size }, () => new Replica(make()));
  const memory = SharedMemoryExchange.allocate(size, replicas[0]!.weights.length);
  const exchanges = replicas.map((_, rank) => new SharedMemoryExchange(rank, size, memory));
  const others: Others = {
    work: (pieces) =>
      Promise.all(
        pieces.map(async (piece, i) => {
          if (piece.type !== 'step') throw new Error('only steps here');
          const [replica, exchange] = [replicas[i + 1]!, exchanges[i + 1]!];
          await exchange.broadcast(replica.weights);
          replica.write();
          const objective = { loss: softmaxCrossEntropy(), precision: {} };
          const { sums } = await replica.contribute(objective, piece.share, piece);
          await exchange.reduce(replica.values);
          return sums;
        }),
      ),
  };
  const take: TrainStep = parallelStep(replicas[0]!, wrap(exchanges[0]!), others);
  return { replicas, take, dispose: () => replicas.forEach(({ model }) => void model.dispose()) };
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  const furthest = Math.max(...Array.from(actual, (value, i) => Math.abs(value - expected[i]!)));
  expect(furthest).toBeLessThan(3e-7);
  expect(actual.length).toBe(expected.length);
}

describe('a parallel step', () => {
  it.each([
    [8, 2],
    [9, 2],
    [11, 3],
    [2, 4],
    [1, 3],
  ])('of %d examples between %d has the gradients, norm and metrics of the whole batch', async (examples, size) => {
    const batch = batchOf(examples);
    const alone = new Replica(model());
    const single = spying(alone);
    const expected = await trainStep(single.trainer, batch, step);
    const { replicas, take, dispose } = team(model, size);
    const parallel = spying(replicas[0]!);
    const before = tf.memory().numTensors;
    const result = await take(parallel.trainer, batch, step);
    expect(tf.memory().numTensors).toBe(before);
    expect(Object.keys(parallel.seen)).toEqual(Object.keys(single.seen));
    for (const [name, gradient] of Object.entries(single.seen)) close(parallel.seen[name]!, gradient);
    expect(result.gradientNorm).toBeCloseTo(expected.gradientNorm, 6);
    const { loss, ...counts } = result.sums;
    expect(counts).toEqual({ examples, top1: expected.sums.top1, top5: expected.sums.top5 });
    expect(loss / examples).toBeCloseTo(expected.sums.loss / examples, 6);
    dispose();
    alone.model.dispose();
  });

  it('moves averages by the mean of the shares, and what the forward pass leaves alone not by a bit', async () => {
    const size = 3;
    const batch = batchOf(9);
    const make = () => model({ batchNorm: true });
    const { replicas, take, dispose } = team(make, size);
    const before = await readVariables(namedWeights(replicas[0]!.model).all);
    await take(spying(replicas[0]!).trainer, batch, step);
    const after = await readVariables(namedWeights(replicas[0]!.model).all);
    // the inputs of the normalization, whose mean over the batch is that of the shares' means
    const { kernel, bias } = { kernel: before['frozen/kernel']!, bias: before['frozen/bias']! };
    const columns = Array.from({ length: 6 }, (_, unit) =>
      Array.from({ length: 9 }, (_, i) =>
        kernel.data.reduce(
          (sum, w, k) => (k % 6 === unit ? sum + w * batch.inputs.data[5 * i + (k - unit) / 6]! : sum),
          bias.data[unit]!,
        ),
      ),
    );
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
    const variance = (values: readonly number[]): number => mean(values.map((value) => (value - mean(values)) ** 2));
    close(
      after['bn/moving_mean']!.data,
      columns.map((column) => 0.2 * mean(column)),
    );
    const shares = (column: number[]) => [0, 3, 6].map((start) => column.slice(start, start + 3));
    close(
      after['bn/moving_variance']!.data,
      columns.map((column) => 0.8 + 0.2 * mean(shares(column).map(variance))),
    );
    for (const name of ['frozen/kernel', 'frozen/bias', 'first/kernel']) {
      expect(after[name]!.data).toEqual(before[name]!.data);
    }
    dispose();
  });

  it('takes the gradients that its exchange gives', async () => {
    const coarse = (exchange: GradientExchange): GradientExchange => ({
      rank: exchange.rank,
      size: exchange.size,
      broadcast: (values) => exchange.broadcast(values),
      reduce: async (values) => {
        await exchange.reduce(values);
        values.forEach((value, i) => (values[i] = Math.sign(value)));
      },
    });
    const { replicas, take, dispose } = team(model, 2, coarse);
    const { trainer, seen } = spying(replicas[0]!);
    const { gradientNorm } = await take(trainer, batchOf(6), step);
    const all = Object.values(seen).flatMap((gradient) => [...gradient]);
    expect(new Set(all)).toEqual(new Set([-1, 1]));
    expect(gradientNorm).toBeCloseTo(Math.sqrt(all.length), 5);
    dispose();
  });

  it('starts every replica from the weights of rank 0', async () => {
    let seed = 0;
    const make = () =>
      sequential({
        layers: [
          layers.dense({
            name: 'logits',
            units: CLASSES,
            inputShape: [5],
            kernelInitializer: initializers.glorotUniform({ seed: seed++ }),
          }),
        ],
      });
    const { replicas, take, dispose } = team(make, 3);
    await take(spying(replicas[0]!).trainer, batchOf(6), step);
    const [first, ...rest] = await Promise.all(
      replicas.map(async (replica) => {
        await replica.read();
        return replica.weights;
      }),
    );
    expect(rest).toEqual([first, first]);
    dispose();
  });

  it('leaves nothing behind when a share fails', async () => {
    const { replicas, take, dispose } = team(model, 2);
    const bad = batchOf(4);
    bad.targets.data[0] = CLASSES;
    const before = tf.memory().numTensors;
    await expect(take(spying(replicas[0]!).trainer, bad, step)).rejects.toThrow('a label is out of range');
    expect(tf.memory().numTensors).toBe(before);
    dispose();
  });
});
