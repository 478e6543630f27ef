import { normalizeSchema } from '@lowbit/data';
import { z } from 'zod';

/** A thing by its name, alone or with its options beside it. */
function spec<Key extends string>(key: Key) {
  const named = z.looseObject({ [key]: z.string().min(1) } as Record<Key, z.ZodString>);
  return z.union([z.string().min(1), named], { error: `a ${key} is a name or { "${key}": NAME, … }` });
}

const bits = z.union([z.literal('float'), z.int().min(1).max(8)], { error: "a precision is 'float' or 1 to 8 bits" });

const weightDecay = z.union(
  [
    z.number().nonnegative(),
    z.strictObject({
      rate: z.number().nonnegative(),
      on: z.string().min(1).optional().describe("'kernels', 'all', or a regular expression for names layer/weight"),
      decoupled: z.boolean().optional().describe('after the optimizer (AdamW) instead of before it (L2)'),
    }),
  ],
  { error: 'a weight decay is a rate ≥ 0 or { rate, on?, decoupled? }' },
);

const optimizer = spec('optimizer');

/** What may stand in a stage, and at the top level as what holds for every stage that does not say otherwise. */
const stageKeys = {
  precision: z
    .strictObject({ weights: bits.optional(), activations: bits.optional(), gradients: bits.optional() })
    .optional()
    .describe("bits that override the model's own; an evaluation of the stage runs at them too"),
  schedule: spec('schedule')
    .optional()
    .describe(
      'learning rate; without one the first stage has a cosine from 0.1, a later one the rate that the last one ended with',
    ),
  optimizer: z
    .union([z.array(optimizer).min(1), optimizer], {
      error: 'an optimizer is a name, { "optimizer": NAME, … }, or a list of them',
    })
    .optional()
    .describe('momentum 0.9 with Nesterov unless given'),
  weightDecay: weightDecay.optional().describe('1e-4 on the kernels, as L2, unless given'),
  loss: spec('loss').optional().describe('softmax-cross-entropy unless given'),
  gradientTransforms: z
    .array(spec('gradientTransform'))
    .optional()
    .describe('applied in order, before weight decay and optimizer'),
  weightTransforms: z.array(spec('weightTransform')).optional().describe('applied in order, after each update'),
};

const stage = z.strictObject({
  name: z.string().min(1).optional(),
  epochs: z.int().positive(),
  ...stageKeys,
});

/** An experiment as a person writes it. Only `data`, `model` and the number of epochs are needed. */
export const experimentSchema = z
  .strictObject({
    $schema: z.string().optional().describe('for editors; ignored'),
    data: z
      .looseObject({
        dataset: z.string().min(1),
        augment: z
          .array(spec('augment'))
          .optional()
          .describe('augmentations of the training images, in order; none unless given'),
        normalize: z
          .union([z.literal('none'), normalizeSchema])
          .optional()
          .describe("'per-channel' unless given"),
      })
      .describe('a data set and its own options (limit, testLimit, validation, …)'),
    model: z
      .looseObject({ model: z.string().min(1) })
      .describe('a model and its own options (weights, activations, …)'),
    initialWeights: z
      .string()
      .min(1)
      .optional()
      .describe('run folder or .safetensors file of a net with the same layers, whose weights this one begins with'),
    epochs: z.int().positive().optional().describe('short for a single stage of so many epochs'),
    stages: z.array(stage).min(1).optional(),
    ...stageKeys,
    batchSize: z.int().positive().optional().describe('128 unless given'),
    seed: z.int().nonnegative().optional().describe('of all that is random; 1 unless given'),
    plugins: z.array(z.string().min(1)).optional().describe('packages that bring what is named here'),
    backend: z.string().min(1).optional().describe("'auto' unless given"),
    workers: z
      .int()
      .positive()
      .optional()
      .describe('threads that share each batch between them, each with a replica of the model; 1 unless given'),
    evaluateEvery: z.int().nonnegative().optional().describe('epochs; 1 unless given; 0: only at the end of a stage'),
    checkpointEvery: z.int().nonnegative().optional().describe('epochs; 1 unless given; 0: only at the end of a stage'),
    checkpointEverySteps: z.int().positive().optional().describe('also after so many steps inside an epoch'),
  })
  .describe('A Lowbit experiment: data, a model, and the stages of its training.');

/**
 * An experiment as a person writes it, with what has a default left out.
 *
 * @interface
 */
export type ExperimentInput = z.input<typeof experimentSchema>;
