import { LowbitError, parseOptions, suggestNames, type Schema } from '@lowbit/plugin-api';
import { z } from 'zod';
import type { Augmentation } from './augmentation.js';
import { flip } from './flip.js';
import { padCrop } from './pad-crop.js';
import { randomResizedCrop } from './random-resized-crop.js';

const range = (least: number, most: number) =>
  z
    .tuple([z.number().gt(least), z.number().gt(least).lte(most)])
    .refine(([low, high]) => low <= high, 'a range is [low, high]');

interface Entry {
  readonly options: z.ZodObject;
  readonly make: (options: Record<string, unknown>) => Augmentation;
}

function entry<Shape extends z.ZodRawShape>(
  shape: Shape,
  make: (options: z.output<z.ZodObject<Shape>>) => Augmentation,
): Entry {
  return { options: z.strictObject(shape), make: make as Entry['make'] };
}

const AUGMENTATIONS = {
  'pad-crop': entry({ pad: z.int().positive().optional() }, padCrop),
  flip: entry({}, flip),
  'random-resized-crop': entry(
    { scale: range(0, 1).optional(), ratio: range(0, Infinity).optional() },
    randomResizedCrop,
  ),
} satisfies Record<string, Entry>;

type Name = keyof typeof AUGMENTATIONS;
const names = Object.keys(AUGMENTATIONS) as Name[];

/** One augmentation as a config names it: `'flip'`, `{ augment: 'pad-crop', pad: 4 }`. */
export type AugmentationSpec = string | { readonly augment: string; readonly [option: string]: unknown };

/** The shape of `augment` in a config; `createAugmentations` says more exactly what is wrong with one. */
export const augmentSchema = z.array(
  z.union([z.enum(names), ...names.map((name) => AUGMENTATIONS[name].options.extend({ augment: z.literal(name) }))]),
);

/**
 * Makes the augmentations that a config lists, to be applied in this order.
 *
 * @param where what messages call the list
 * @throws LowbitError ('config') an unknown name, an unknown or bad option
 */
export function createAugmentations(specs: readonly AugmentationSpec[], where = 'augment'): Augmentation[] {
  return specs.map((spec, i) => {
    const { augment, ...options } = typeof spec === 'string' ? { augment: spec } : spec;
    const place = `${where}[${i}]`;
    if (!isName(augment)) {
      const hint = suggestNames(String(augment), names);
      throw new LowbitError('config', { what: 'unknown augmentation', where: place, received: augment, hint });
    }
    const { options: schema, make } = AUGMENTATIONS[augment];
    return make(parseOptions(schema as Schema<Record<string, unknown>>, options, `${place} ('${augment}')`));
  });
}

function isName(name: unknown): name is Name {
  return names.some((known) => known === name);
}
