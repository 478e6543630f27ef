import type { GradientTransform, Loss, NamedVariables, Step, WeightTransform } from '@lowbit/plugin-api';
import type { Batch } from '@lowbit/data';
import { withFusion, withPrecision, withSeed, type PrecisionPolicy } from '@lowbit/quant-core';
import { add, dispose, keep, sub, tensor, tidy, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { globalNorm } from '../transforms/clip.js';
import { frugalVariableGrads } from './backprop.js';
import type { BatchResult } from './metrics.js';
import { penalties } from './penalties.js';

/** What trains a model, made from a stage. */
export interface Trainer {
  readonly model: LayersModel;
  readonly variables: NamedVariables;
  readonly loss: Loss;
  readonly precision: PrecisionPolicy;
  readonly gradientTransform: GradientTransform;
  readonly weightTransforms: readonly WeightTransform[];
}

/** What a step gave. `loss` is without the model's own regularization. */
export interface StepResult extends BatchResult {
  /** Euclidean norm of the gradients of all variables, before any transform. */
  readonly gradientNorm: number;
}

/** Targets as the loss is given them: int32 class indices, or float32. */
export function targetTensor({ shape, data }: Batch['targets']): Tensor {
  return tensor(data, [...shape], data instanceof Float32Array ? 'float32' : 'int32');
}

/** Trains one batch: forward, backward, transforms, update, weight transforms. Leaves no tensor behind but slots. */
export async function trainStep(trainer: Trainer, { inputs, targets }: Batch, step: Step): Promise<StepResult> {
  const kept: Tensor[] = [];
  try {
    const [loss, norm, outputs] = tidy(() => {
      const x = tensor(inputs.data, [...inputs.shape], 'float32');
      const y = targetTensor(targets);
      return update(trainer, x, y, step, kept);
    });
    kept.push(norm);
    const [[lossValue], [gradientNorm], values] = await Promise.all([loss.data(), norm.data(), outputs.data()]);
    const { shape } = outputs;
    return { loss: lossValue!, gradientNorm: gradientNorm!, shape, outputs: values, targets: targets.data };
  } finally {
    dispose(kept);
  }
}

function update(trainer: Trainer, x: Tensor, y: Tensor, step: Step, kept: Tensor[]): [Tensor, Tensor, Tensor] {
  const { model, variables } = trainer;
  const { grads } = frugalVariableGrads(
    () =>
      withSeed(step.seed, () =>
        withPrecision(trainer.precision, () => {
          const outputs = withFusion(model, () => model.apply(x, { training: true })) as Tensor;
          const loss = trainer.loss(outputs, y);
          // the scope of the gradients would dispose both
          kept.push(keep(outputs), keep(loss));
          return penalties(model).reduce<Scalar>((sum, penalty) => add(sum, penalty), loss);
        }),
      ),
    Object.values(variables),
  );
  const [outputs, loss] = kept as [Tensor, Tensor];
  const gradients = Object.fromEntries(
    Object.entries(variables).flatMap(([name, { name: engineName }]) =>
      grads[engineName] ? [[name, grads[engineName]]] : [],
    ),
  );
  const norm = globalNorm(Object.values(gradients));
  for (const [name, change] of Object.entries(trainer.gradientTransform(gradients, variables, step))) {
    variables[name]!.assign(sub(variables[name]!, change));
  }
  for (const transform of trainer.weightTransforms) transform(variables, step);
  return [loss, norm, outputs];
}
