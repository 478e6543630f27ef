import { LowbitError, type Quantizer, type Spec } from '@lowbit/plugin-api';
import { isQuantizer } from '@lowbit/quant-core';
import { z } from 'zod';

const whole = (what: string) => z.int(`${what} must be a whole number`).min(1, `${what} must be at least 1`);

const quantizer = (orElse: string) =>
  z.union([z.custom<Quantizer>(isQuantizer), z.string().min(1), z.record(z.string(), z.unknown())], {
    error: `name a quantizer, as in { "quantizer": "dorefa", "bits": 4 }, or write "${orElse}"`,
  }) satisfies z.ZodType<Quantizer | Spec>;

const stem = z
  .strictObject({
    filters: whole('filters'),
    kernelSize: whole('kernelSize'),
    strides: whole('strides'),
    normalized: z.boolean().describe('whether batch norm and a float ReLU follow'),
    pool: z.boolean().describe('whether a 3×3 max pool of stride 2 follows'),
    quantized: z.boolean().describe('whether that ReLU is one of the quantized activations; false'),
  })
  .partial();

const groups = (what: string) => z.array(whole(what)).min(1, 'at least one group').optional();

/** Options that every model here takes. What is left out is as the model's name says. */
const common = {
  weights: quantizer('float').optional().describe('of every convolution but the first'),
  activations: quantizer('relu').optional().describe("of every activation but the stem's"),
  gradients: quantizer('float')
    .optional()
    .describe("of what flows back through every convolution's output but the first's"),
  widths: groups('a width').describe('w of each group'),
  blocks: groups('a number of blocks').describe('blocks of each group'),
  expansion: whole('expansion').optional().describe("a block's output has expansion · w channels"),
  stem: stem.optional().describe('the first convolution'),
};

const shift = z.enum(['active', 'sparse', 'grouped'], { error: "shift must be 'active', 'sparse' or 'grouped'" });

/** Options of SSPQ, L-SSPQ and ResIBShift. */
export const sspqOptions = z.strictObject({
  ...common,
  script: z.enum(['imagenet', 'cifar']).optional().describe("whose details to follow; 'cifar' when expansion is 1"),
  secondBn: z.boolean().optional().describe('whether batch norm follows the second point-wise convolution; true'),
  shift: shift.optional().describe("'active' by default"),
  afterShift: z
    .union([z.enum(['float', 'rounded-shift']), z.literal([1, 2, 3, 4, 5, 6, 7, 8])], {
      error: "afterShift must be 'float', 'rounded-shift' or 1 to 8 bits",
    })
    .optional()
    .describe("what the second point-wise convolution sees of the shift; 'float' by default"),
});

/** Options of ASL. */
export const aslOptions = z.strictObject({
  ...common,
  shift: shift.optional().describe("'active' by default"),
  firstPreactivation: z
    .boolean()
    .optional()
    .describe('whether batch norm and activation also begin the first block of a group; false'),
});

/** Options of ResNet. */
export const resnetOptions = z.strictObject(common);

/** Options of ResNets of basic blocks, which have no expansion. */
export const basicResnetOptions = resnetOptions.omit({ expansion: true });

/**
 * Options of SSPQ, L-SSPQ and ResIBShift.
 *
 * @interface
 */
export type SspqOptions = z.output<typeof sspqOptions>;
/**
 * Options of ASL.
 *
 * @interface
 */
export type AslOptions = z.output<typeof aslOptions>;
/**
 * Options of ResNet.
 *
 * @interface
 */
export type ResnetOptions = z.output<typeof resnetOptions>;
/**
 * Options of ResNets of basic blocks.
 *
 * @interface
 */
export type BasicResnetOptions = z.output<typeof basicResnetOptions>;
export type CommonOptions = ResnetOptions;

/** @throws LowbitError `widths` and `blocks` of different lengths; a last group that L-SSPQ would leave empty */
export function checkGroups(where: string, widths: readonly number[], blocks: readonly number[], light: boolean): void {
  if (widths.length !== blocks.length) {
    throw new LowbitError('config', {
      what: `widths and blocks must name the same groups: ${widths.length} widths, ${blocks.length} numbers of blocks`,
      where,
      received: { widths, blocks },
      hint: 'give one of each for every group',
    });
  }
  if (light && blocks.at(-1)! < 2) {
    throw new LowbitError('config', {
      what: 'L-SSPQ leaves out the last block, which would leave the last group empty',
      where: `${where} at blocks`,
      received: blocks,
      hint: 'give the last group at least 2 blocks',
    });
  }
}
