import { parseOptions } from '@lowbit/plugin-api';
import { z } from 'zod';

/** How a model's inputs are prepared: y = (x / inputMax − pixelMean − mean) / std; what `createNormalization` of `@lowbit/data` gives. */
export interface InputNormalization {
  /** What 1 stands for in the inputs as they come: 255 for bytes. */
  readonly inputMax: number;
  /** Per channel, of inputs in [0, 1]. */
  readonly mean?: readonly number[];
  /** Per channel, of inputs in [0, 1]. */
  readonly std?: readonly number[];
  /** The mean example, in [0, 1]. */
  readonly pixelMean?: readonly number[];
}

/** Options of `lower`. */
export interface LoweringOptions {
  /**
   * What a layer with few-bit weights sees of an input that is made of real numbers, such as what an active shift makes of codes: the
   * 'float' numbers themselves (the default), which costs a float convolution; or, where the range of the input is known, numbers of 8 bits
   * over that range, which differs from the trained model by up to half a step of 1/255 of the range.
   */
  readonly floatInputs?: 'float' | 8;
  /** Puts the preparation of the inputs into the graph, whose input is then what a data set stores: bytes, say. */
  readonly normalize?: InputNormalization;
  /** What the graph's `metadata` says. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const numbers = z.array(z.number()).min(1);

const schema = z.strictObject({
  floatInputs: z.union([z.literal('float'), z.literal(8)], { error: "floatInputs is 'float' or 8" }).default('float'),
  normalize: z
    .strictObject({
      inputMax: z.number().positive(),
      mean: numbers.optional(),
      std: z.array(z.number().positive()).min(1).optional(),
      pixelMean: numbers.optional(),
    })
    .optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

/** {@link LoweringOptions} with what has a default. */
export type CheckedOptions = z.output<typeof schema>;

/** @throws LowbitError ('config') an unknown or bad option */
export function checkOptions(options: LoweringOptions): CheckedOptions {
  return parseOptions(schema, options, 'lower') as CheckedOptions;
}
