import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';

/** Metrics of one finished epoch: { loss, accuracy, top5, testLoss, testAccuracy, … }. */
export type Metrics = Readonly<Record<string, number>>;

/** Where a stage's training stands. */
export interface Progress {
  /** Whole epochs of this stage that are done. */
  readonly epoch: number;
  /** Epochs that the stage has. */
  readonly epochs: number;
  /** Steps of the current epoch that are done. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Metrics of the stage's finished epochs, oldest first; schedules that react to a plateau read them. */
  readonly history?: readonly Metrics[];
}

/** The learning rate at a point of the stage: a plain function, without memory. */
export type Schedule = (progress: Progress) => number;

export type NamedTensors = Readonly<Record<string, Tensor>>;
export type NamedVariables = Readonly<Record<string, Variable>>;

/** What a transform knows of the step it is part of. */
export interface Step {
  /** Steps done since the run began, over all stages. */
  readonly index: number;
  /** Steps done since the stage began, which is when an optimizer's state starts from zeros. */
  readonly stageIndex: number;
  readonly stage: number;
  /** Whole epochs done since the run began, over all stages. */
  readonly epoch: number;
  /** The schedule's rate for this step. */
  readonly rate: number;
  /** Multiplies the rate for this variable (a quantizer's state may learn slower). */
  rateScale(variable: string): number;
  /** Seeds whatever is random in this step. */
  readonly seed: number;
  /** State that belongs to a variable (a velocity, a mask): zeros of its shape at first, saved in every checkpoint. */
  slot(name: string, variable: string): Variable;
}

/**
 * (gradients, variables, step) → gradients, composed in a list. The trainer runs the list inside `tf.tidy` and subtracts
 * what comes out of the last from the variables.
 */
export type GradientTransform = (gradients: NamedTensors, variables: NamedVariables, step: Step) => NamedTensors;

/** Runs after the update and may assign to the variables (a constraint, a freeze). */
export type WeightTransform = (variables: NamedVariables, step: Step) => void;

/**
 * A scalar to minimize: `outputs` of the model ([n, classes] logits) against `targets` (int32 [n], or float32 as the data set gives
 * them). A mean over the n examples, so that a batch may be shared between workers.
 */
export type Loss = (outputs: Tensor, targets: Tensor) => Scalar;
