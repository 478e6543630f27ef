import { LowbitError, parseOptions, type Spec } from '@lowbit/plugin-api';
import { z } from 'zod';

/** One network among those that are compared. */
export interface Variant {
  readonly name: string;
  /** What the experiment's model is told instead of what it says itself. */
  readonly model: Readonly<Record<string, Spec>>;
}

/** What a comparison trains. */
export interface Comparison {
  readonly experiment: Record<string, unknown>;
  readonly variants: readonly Variant[];
  readonly seeds: readonly number[];
}

const ROLES = ['weights', 'activations', 'gradients'] as const;
type Role = (typeof ROLES)[number];

const spec = z.union([z.string().min(1), z.looseObject({ quantizer: z.string().min(1) })], {
  error: 'a quantizer is a name or { "quantizer": NAME, … }',
});

const comparisonSchema = z.strictObject({
  $schema: z.string().optional(),
  experiment: z.looseObject({}).describe('the experiment that every variant is trained by'),
  variants: z
    .array(
      z.strictObject({
        name: z.string().min(1).optional().describe('in the table; made of its quantizers unless given'),
        weights: spec.optional(),
        activations: spec.optional(),
        gradients: spec.optional(),
      }),
    )
    .min(1)
    .optional(),
  seeds: z.array(z.int().nonnegative()).min(1).optional().describe("the experiment's own unless given"),
});

/** What the command line says of a comparison. */
export interface Given {
  /** 'dorefa,lsq' */
  readonly quantizers?: readonly string[];
  readonly bits?: readonly number[];
  /** What they are quantizers of. */
  readonly on: 'weights' | 'activations' | 'both';
  readonly seeds?: readonly number[];
}

/**
 * The comparison that a config holds: `{ experiment, variants, seeds }`, or an experiment alone, whose variants the command line then
 * names: its float twin, and each quantizer at each number of bits.
 *
 * @throws LowbitError ('config') what is wrong with it; ('usage') nothing to compare, or variants from both sides
 */
export function comparisonOf(config: Record<string, unknown>, where: string, given: Given): Comparison {
  const isComparison = 'experiment' in config || 'variants' in config;
  const { experiment, variants, seeds } = isComparison
    ? parseOptions(comparisonSchema, config, where)
    : { experiment: config, variants: undefined, seeds: undefined };
  const { quantizers = [], bits = [] } = given;
  if (variants && quantizers.length > 0) {
    const hint = 'leave out --quantizers, or give the experiment alone';
    throw new LowbitError('usage', { what: 'the config names its variants itself', where, hint });
  }
  const crossed = quantizers.flatMap((quantizer) => bits.map((each) => crossing(quantizer, each, given.on)));
  const all = variants?.map(({ name, ...model }) => namedVariant(model, name)) ?? [
    namedVariant({ weights: 'float', activations: 'relu' }),
    ...crossed,
  ];
  if (!variants && crossed.length === 0) {
    const hint =
      'name quantizers and bits: --quantizers dorefa,lsq --bits 2,4; or write { "experiment": …, "variants": […] }';
    throw new LowbitError('usage', { what: 'there is nothing to compare', where, hint });
  }
  const twice = all.find(({ name }, i) => all.findIndex((each) => each.name === name) !== i);
  if (twice) {
    const hint = 'give one of them a name of its own';
    throw new LowbitError('config', { what: 'two variants have one name', where, received: twice.name, hint });
  }
  const own = experiment['seed'];
  return {
    experiment,
    variants: all,
    seeds: given.seeds ?? seeds ?? [typeof own === 'number' ? own : 1],
  };
}

function crossing(quantizer: string, bits: number, on: Given['on']): Variant {
  const made = { quantizer, bits };
  return namedVariant({
    weights: on === 'activations' ? 'float' : made,
    activations: on === 'weights' ? 'relu' : made,
  });
}

function namedVariant(model: { readonly [Key in Role]?: Spec | undefined }, name?: string): Variant {
  const given = ROLES.flatMap((role): [Role, Spec][] => (model[role] === undefined ? [] : [[role, model[role]]]));
  return { name: name ?? given.map(([, each]) => specText(each)).join(' / '), model: Object.fromEntries(given) };
}

/** 'lsq 2' of { quantizer: 'lsq', bits: 2 }; other options follow as 'key value'. */
function specText(given: Spec): string {
  if (typeof given === 'string') return given;
  const { quantizer, bits, ...rest } = given;
  const options = Object.entries(rest).map(
    ([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [String(quantizer), ...(bits === undefined ? [] : [String(bits)]), ...options].join(' ');
}
