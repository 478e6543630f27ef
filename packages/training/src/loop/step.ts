import type { Loss, NamedTensors, NamedVariables, Step, WeightTransform } from '@lowbit/plugin-api';
import type { Batch } from '@lowbit/data';
import { withFusion, withPrecision, withSeed, type PrecisionPolicy } from '@lowbit/quant-core';
import { add, dispose, keep, tensor, tidy, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { globalNorm } from '../transforms/clip.js';
import type { Descent } from '../transforms/descent.js';
import { frugalVariableGrads } from './backprop.js';
import { batchSums, type MetricSums } from './metrics.js';
import { penalties } from './penalties.js';

/** What gradients are computed with, made from a stage. */
export interface Objective {
  readonly model: LayersModel;
  readonly variables: NamedVariables;
  readonly loss: Loss;
  readonly precision: PrecisionPolicy;
}

/** What trains a model, made from a stage. */
export interface Trainer extends Objective {
  /** Updates the variables. */
  readonly descend: Descent;
  readonly weightTransforms: readonly WeightTransform[];
}

/** What a step gave. */
export interface StepResult {
  /** Of the batch; the loss is without the model's own regularization. */
  readonly sums: MetricSums;
  /** Euclidean norm of the gradients of all variables, before any transform. */
  readonly gradientNorm: number;
}

/** Trains one batch and leaves no tensor behind but slots. */
export type TrainStep = (trainer: Trainer, batch: Batch, step: Step) => Promise<StepResult>;

/** Targets as the loss is given them: int32 class indices, or float32. */
export function targetTensor({ shape, data }: Batch['targets']): Tensor {
  return tensor(data, [...shape], data instanceof Float32Array ? 'float32' : 'int32');
}

/** A forward and a backward pass. Whoever asked for it disposes of all. */
export interface Passes {
  readonly outputs: Tensor;
  /** Mean over the batch, without the model's own regularization. */
  readonly loss: Scalar;
  /** Of the variables that the loss depends on. */
  readonly gradients: NamedTensors;
}

/** {@link TrainStep} by one replica: forward, backward, transforms, update, weight transforms. */
export async function trainStep(trainer: Trainer, batch: Batch, step: Step): Promise<StepResult> {
  const passes = bothPasses(trainer, batch, step.seed);
  const own: Tensor[] = tensorsOf(passes);
  try {
    const norm = update(trainer, passes.gradients, step);
    own.push(norm);
    const [sums, [gradientNorm]] = await Promise.all([passSums(passes, batch), norm.data()]);
    return { sums, gradientNorm: gradientNorm! };
  } finally {
    dispose(own);
  }
}

/** The outputs of a training's forward pass, its loss and the gradients. What is random in quantizers is drawn from `seed`. */
export function bothPasses(objective: Objective, { inputs, targets }: Batch, seed: number): Passes {
  const { model, variables } = objective;
  const kept: Tensor[] = [];
  try {
    return tidy(() => {
      const x = tensor(inputs.data, [...inputs.shape], 'float32');
      const y = targetTensor(targets);
      const { grads } = frugalVariableGrads(
        () =>
          withSeed(seed, () =>
            withPrecision(objective.precision, () => {
              const outputs = withFusion(model, () => model.apply(x, { training: true })) as Tensor;
              const loss = objective.loss(outputs, y);
              // the scope of the gradients would dispose both
              kept.push(keep(outputs), keep(loss));
              return penalties(model).reduce<Scalar>((sum, penalty) => add(sum, penalty), loss);
            }),
          ),
        Object.values(variables),
      );
      const named = Object.entries(variables).flatMap(([name, { name: engineName }]) =>
        grads[engineName] ? [[name, grads[engineName]] as const] : [],
      );
      const [outputs, loss] = kept as [Tensor, Scalar];
      return { outputs, loss, gradients: Object.fromEntries(named) };
    });
  } catch (error) {
    dispose(kept);
    throw error;
  }
}

export function tensorsOf({ outputs, loss, gradients }: Passes): Tensor[] {
  return [outputs, loss, ...Object.values(gradients)];
}

/** The metrics of what a forward pass has given. */
export async function passSums({ outputs, loss }: Passes, { targets }: Batch): Promise<MetricSums> {
  const [[value], values] = await Promise.all([loss.data(), outputs.data()]);
  return batchSums({ loss: value!, shape: outputs.shape, outputs: values, targets: targets.data });
}

/** Applies gradients to the trainer's variables; gives their norm before any transform. */
export function update({ variables, ...trainer }: Trainer, gradients: NamedTensors, step: Step): Scalar {
  return tidy(() => {
    const norm = globalNorm(Object.values(gradients));
    trainer.descend(gradients, variables, step);
    for (const transform of trainer.weightTransforms) transform(variables, step);
    return norm;
  });
}
