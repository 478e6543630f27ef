import { LowbitError, parseOptions, type Precision, type Role, type Spec } from '@lowbit/plugin-api';
import { z } from 'zod';
import { precisionSchema } from '../bits.js';
import { quantizerSpec, resolveQuantizer } from '../resolve.js';
import { TARGET_KINDS, type TargetKind } from './targets.js';

/** Where a layer stands among those that can be quantized: 0 is the first, −1 the last. */
export type Position = 'first' | 'last' | number;

/** Which layers, and what they get. A layer must meet all that a rule asks for; one that asks for nothing meets every layer. */
export interface PolicyRule {
  /** The layer's path, 'conv' or 'inner/conv' in a model inside; or several. */
  readonly name?: string | readonly string[];
  /** A regular expression that the path contains a match of. */
  readonly pattern?: string;
  readonly kind?: TargetKind | readonly TargetKind[];
  readonly position?: Position | readonly Position[];
  /** The quantizer of its weights (biases never have one), or 'float'. */
  readonly weights?: Spec;
  /** The quantizer of what comes into it, or 'float'. An embedding takes none. */
  readonly activations?: Spec;
  /** The quantizer of the gradient through its output, or 'float'. */
  readonly gradients?: Spec;
  /** Other bits for the weights and activations that earlier rules gave a quantizer; 'float' takes it away. */
  readonly bits?: Precision;
}

/** Rules in order; for each of weights, activations and gradients the last that says something of a layer holds. Plain JSON. */
export type Policy = readonly PolicyRule[];

const several = <T extends z.ZodType>(one: T, error: string) =>
  z.union([one, z.array(one).nonempty().readonly()], { error });
const spec = z.union([z.string(), z.record(z.string(), z.unknown())], {
  error: "a quantizer is { quantizer: NAME, … }, or 'float'",
});
const names = several(z.string(), 'a name is the path of a layer, or a list of such');
const kinds = several(z.enum(TARGET_KINDS), `a kind is one of ${TARGET_KINDS.join(', ')}, or a list of such`);
const positions = several(
  z.union([z.literal(['first', 'last']), z.int()]),
  "a position is 'first', 'last', a whole number from 0 (from −1 back from the end), or a list of such",
);

/** A policy, as a config holds it. */
export const policySchema = z.array(
  z.strictObject({
    name: names.optional().describe("the layer's path"),
    pattern: z.string().optional().describe('a regular expression in its path'),
    kind: kinds.optional(),
    position: positions.optional().describe('among the layers that can be quantized'),
    weights: spec.optional(),
    activations: spec.optional(),
    gradients: spec.optional(),
    bits: precisionSchema.optional().describe('for the quantizers that earlier rules gave'),
  }),
) satisfies z.ZodType<Policy>;

/** A layer as rules see it. */
export interface Candidate {
  readonly path: string;
  readonly kinds: readonly TargetKind[];
}

/** What a layer is given; a role that no rule speaks of is left as it is. */
export type Assignment = Readonly<Partial<Record<Role, 'float' | Record<string, unknown>>>>;

/**
 * What a policy gives to each layer.
 *
 * @throws LowbitError ('config') a policy that is not one, that quantizes nothing, a rule that matches no layer, an unknown quantizer
 *   or one not made for its role
 */
export function assign(policy: Policy, candidates: readonly Candidate[]): Assignment[] {
  const rules = parseOptions(policySchema, policy, 'policy');
  const given: Assignment[] = candidates.map(() => ({}));
  rules.forEach((rule, i) => {
    const where = `policy[${i}]`;
    const quantizers = resolved(rule, where);
    const matched = matches(rule, candidates, where);
    for (const at of matched) Object.assign(given[at]!, quantizers);
    if (rule.bits === undefined) return;
    if (rule.bits !== 'float' && !matched.some((at) => isQuantized(given[at]!)))
      throw nothingToChange(rule.bits, where);
    for (const at of matched) given[at] = atBits(given[at]!, rule.bits, where);
  });
  if (given.some(isQuantized)) return given;
  throw new LowbitError('config', {
    what: 'the policy quantizes nothing',
    where: 'policy',
    received: policy,
    hint: 'give it a rule with weights or activations, such as { "weights": { "quantizer": "lsq", "bits": 4 } }',
  });
}

function isQuantized(given: Assignment): boolean {
  return Object.values(given).some((spec) => spec !== 'float');
}

function nothingToChange(bits: Precision, where: string): LowbitError {
  return new LowbitError('config', {
    what: 'bits for layers that no rule has given a quantizer yet',
    where: `${where}.bits`,
    received: bits,
    hint: 'put the rule after the one that gives it; of two rules for a layer the later holds',
  });
}

const ROLES = ['weights', 'activations', 'gradients'] as const;

function resolved(rule: PolicyRule, where: string): Assignment {
  const found = ROLES.flatMap((role) => {
    const asked = rule[role];
    if (asked === undefined) return [];
    const spec = asked === 'float' ? asked : quantizerSpec(resolveQuantizer(asked, role, `${where}.${role}`));
    return [[role, spec] as const];
  });
  return Object.fromEntries(found);
}

/** @throws LowbitError a quantizer that cannot have these bits; bits where there is nothing to have them */
function atBits(given: Assignment, bits: Precision, where: string): Assignment {
  if (bits === 'float') return { ...given, weights: bits, activations: bits };
  const changed: Partial<Record<Role, Record<string, unknown>>> = {};
  for (const role of ['weights', 'activations'] as const) {
    const spec = given[role];
    if (spec === undefined || spec === 'float') continue;
    changed[role] = quantizerSpec(resolveQuantizer({ ...spec, bits }, role, `${where}.bits (${role})`));
  }
  return { ...given, ...changed };
}

function matches(rule: PolicyRule, candidates: readonly Candidate[], where: string): number[] {
  const pattern = rule.pattern === undefined ? undefined : compiled(rule.pattern, `${where}.pattern`);
  const names = rule.name && [rule.name].flat();
  const kinds = rule.kind && [rule.kind].flat();
  const places = rule.position !== undefined && [rule.position].flat().map((at) => indexOf(at, candidates.length));
  const found = candidates.flatMap(({ path, kinds: own }, i) => {
    const fits =
      (!names || names.includes(path)) &&
      (!pattern || pattern.test(path)) &&
      (!kinds || kinds.some((kind) => own.includes(kind))) &&
      (!places || places.includes(i));
    return fits ? [i] : [];
  });
  if (found.length > 0) return found;
  const { name, pattern: text, kind, position } = rule;
  throw new LowbitError('config', {
    what: 'a rule that matches no layer',
    where,
    received: { name, pattern: text, kind, position },
    hint: `the layers are ${candidates.map(({ path, kinds }) => `${path} (${kinds.join(', ')})`).join(', ')}`,
  });
}

function indexOf(position: Position, count: number): number {
  if (position === 'first') return 0;
  if (position === 'last') return count - 1;
  return position < 0 ? count + position : position;
}

function compiled(pattern: string, where: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new LowbitError(
      'config',
      {
        what: (cause as Error).message,
        where,
        received: pattern,
        hint: 'write a regular expression as JavaScript has it',
      },
      { cause },
    );
  }
}
