import { parseOptions, type DescribesStorage, type WeightStorage } from '@lowbit/plugin-api';
import { tidy, type serialization, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { initializers, layers, regularizers, type LayerVariable } from '@tensorflow/tfjs-layers';
import * as z from 'zod';
import { integerOffset, shiftGradient, stride, type ShiftOptions } from '../options.js';
import {
  channelsOf,
  commonLayerArgs,
  imagesOf,
  layerFromConfig,
  stridedShape,
  type CommonLayerArgs,
  type LayerShape,
} from './shared.js';

/** Options of the layers that learn their shifts. */
export interface LearnedShiftArgs extends CommonLayerArgs, ShiftOptions {
  /** The shifts start uniform in (−radius, radius), in pixels. */
  readonly radius?: number;
  /** Seeds the shifts; without it they differ each time. */
  readonly seed?: number;
  /** Weight of the L1 penalty on the shifts: a loss of the layer, l1 · Σ |shift|, that whoever trains the model adds. */
  readonly l1?: number;
  /** Multiplies the learning rate for the shifts, for trainers that ask `learningRateScales()`; ASL uses 0.01. */
  readonly learningRateScale?: number;
}

/** What a layer's schema is made of; the layers differ in the defaults. */
export function learnedShiftSchema(defaults: { radius: number; l1: number }) {
  return z.strictObject({
    ...commonLayerArgs,
    stride,
    shiftGradient,
    integerOffset,
    radius: z.number().nonnegative('a radius is not negative').default(defaults.radius),
    seed: z.int().optional(),
    l1: z.number().nonnegative('a penalty is not negative').default(defaults.l1),
    learningRateScale: z.number().nonnegative().default(1),
  });
}

type Op = (x: Tensor4D, shifts: Tensor2D, options: ShiftOptions) => Tensor4D;

/** A layer with one weight, `shifts` [2, channels], float32. */
export abstract class LearnedShiftLayer extends layers.Layer implements DescribesStorage {
  static override fromConfig = layerFromConfig;
  readonly #options: z.output<ReturnType<typeof learnedShiftSchema>>;
  readonly #op: Op;
  #shifts?: LayerVariable;

  protected constructor(op: Op, schema: ReturnType<typeof learnedShiftSchema>, where: string, args: LearnedShiftArgs) {
    const options = parseOptions(schema, args, where);
    const { name, trainable, inputShape, batchInputShape, dtype } = options;
    super({ name, trainable, inputShape, batchInputShape, dtype });
    this.#op = op;
    this.#options = options;
  }

  override build(inputShape: Parameters<InstanceType<typeof layers.Layer>['build']>[0]): void {
    const channels = channelsOf(inputShape, `layer '${this.name}'`);
    const { radius, seed, l1 } = this.#options;
    const initializer =
      radius === 0 ? initializers.zeros() : initializers.randomUniform({ minval: -radius, maxval: radius, seed });
    const penalty = l1 === 0 ? undefined : regularizers.l1({ l1 });
    this.#shifts = this.addWeight('shifts', [2, channels], 'float32', initializer, penalty);
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: LayerShape | LayerShape[]): LayerShape {
    return stridedShape(inputShape, this.#options.stride);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Record<string, unknown>): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const { stride, shiftGradient, integerOffset } = this.#options;
      return this.#op(imagesOf(inputs), this.#shifts!.read() as Tensor2D, { stride, shiftGradient, integerOffset });
    });
  }

  /** The shifts, at 32 bits each, once the layer is built. */
  describeStorage(): WeightStorage[] {
    if (!this.#shifts) return [];
    const count = this.#shifts.shape.reduce<number>((product, size) => product * size!, 1);
    return [{ weight: 'shifts', kind: 'shift', count, bits: 32 }];
  }

  /** What multiplies the learning rate of each weight, by its name in the layer. */
  learningRateScales(): Record<string, number> {
    return { shifts: this.#options.learningRateScale };
  }

  override getConfig(): serialization.ConfigDict {
    const { stride, shiftGradient, integerOffset, radius, seed, l1, learningRateScale } = this.#options;
    const own = {
      stride,
      shiftGradient,
      integerOffset,
      radius,
      l1,
      learningRateScale,
      ...(seed === undefined ? {} : { seed }),
    };
    return { ...super.getConfig(), ...(own as serialization.ConfigDict) };
  }
}
