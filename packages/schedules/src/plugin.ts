import {
  API_VERSION,
  definePlugin,
  factory,
  splitSpec,
  suggestNames,
  type ExtensionFactory,
  type Schedule,
  type Spec,
} from '@lowbit/plugin-api';
import { z } from 'zod';
import {
  atLeast,
  atLeastOptions,
  perEpoch,
  perEpochOptions,
  scaled,
  scaledOptions,
  sequence,
  sequenceOptions,
} from './compose.js';
import { constant, constantOptions } from './constant.js';
import { cosine, cosineOptions } from './cosine.js';
import { cyclical, cyclicalOptions, steppedCycle, steppedCycleOptions } from './cyclical.js';
import { plateau, plateauOptions } from './plateau.js';
import { sspqCosine, sspqCosineOptions } from './sspq-cosine.js';
import { step, stepOptions } from './step.js';
import { warmUp, warmUpOptions } from './warm-up.js';

/** A schedule inside another: the function, or the name of one of this package with its options. */
const nested = z.unknown().transform((value, context): Schedule => {
  if (typeof value === 'function') return value as Schedule;
  const reject = (message: string) => {
    context.issues.push({ code: 'custom', message, input: value });
    return z.NEVER;
  };
  if (typeof value !== 'string' && !isNamed(value)) return reject('a schedule must be named: { "schedule": NAME, … }');
  const { name, options } = splitSpec('schedules', value);
  const make = Object.hasOwn(schedules, name) ? schedules[name] : undefined;
  if (!make) return reject(`unknown schedule '${name}' inside another: ${suggestNames(name, Object.keys(schedules))}`);
  const result = make.options!['~standard'].validate(options);
  if (result instanceof Promise) throw new TypeError('the schemas of this package are synchronous');
  if (!result.issues) return make(result.value as never, undefined);
  context.issues.push(...(result.issues as unknown as z.core.$ZodRawIssue[]));
  return z.NEVER;
});

function isNamed(value: unknown): value is Exclude<Spec, string> {
  return typeof value === 'object' && value !== null && 'schedule' in value && typeof value.schedule === 'string';
}

const schedules: Readonly<Record<string, ExtensionFactory<'schedules'>>> = {
  constant: factory(constantOptions, constant),
  step: factory(stepOptions, step),
  'sspq-cosine': factory(sspqCosineOptions, sspqCosine),
  cosine: factory(cosineOptions, cosine),
  cyclical: factory(cyclicalOptions, cyclical),
  'stepped-cycle': factory(steppedCycleOptions, steppedCycle),
  plateau: factory(plateauOptions, plateau),
  'warm-up': factory(warmUpOptions(nested), warmUp),
  sequence: factory(sequenceOptions(nested), sequence),
  scaled: factory(scaledOptions(nested), scaled),
  'at-least': factory(atLeastOptions(nested), atLeast),
  'per-epoch': factory(perEpochOptions(nested), perEpoch),
};

/** This package as a plugin: its schedules by name. */
export const plugin = definePlugin({ name: '@lowbit/schedules', apiVersion: API_VERSION, schedules });
