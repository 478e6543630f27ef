import type { ExtensionFactory, Quantizer } from '@lowbit/plugin-api';
import { violationsOf, type Rule, type RuleViolation } from '../rule.js';
import { onBackends, testRules } from '../suite.js';
import { configRules } from './config.js';
import { gradientRules } from './gradient.js';
import { layerRules } from './layer.js';
import type { QuantizerOptions } from './options.js';
import { packingRules } from './packing.js';
import { stateRules } from './state.js';
import { quantizerSubject, type QuantizerSubject } from './subject.js';
import { tensorRules } from './tensors.js';
import { valueRules } from './values.js';

/** The contract of a quantizer, rule by rule. */
export const quantizerRules: readonly Rule<QuantizerSubject>[] = [
  ...configRules,
  ...valueRules,
  ...gradientRules,
  ...stateRules,
  ...tensorRules,
  ...layerRules,
  ...packingRules,
];

/**
 * The rules that a quantizer breaks on the backend in use: none where it keeps the contract of `Quantizer`.
 *
 * @param given a quantizer, or the factory of one that a plugin brings
 * @throws LowbitError options that the factory refuses
 */
export async function checkQuantizer(
  given: Quantizer | ExtensionFactory<'quantizers'>,
  options: QuantizerOptions,
): Promise<RuleViolation[]> {
  return violationsOf(quantizerRules, quantizerSubject(given, options));
}

/**
 * A vitest suite of the contract of a quantizer: a test for each rule, on the cpu backend and on each that is named.
 *
 * `describeQuantizer(plugin.quantizers.mine, { options: { bits: 2 }, surrogate: 'identity' })`
 */
export function describeQuantizer(given: Quantizer | ExtensionFactory<'quantizers'>, options: QuantizerOptions): void {
  const { role = 'weights', backends, options: own = {} } = options;
  const title = `a quantizer of ${role} ${JSON.stringify(own)} keeps its contract`;
  onBackends(title, backends, () => testRules(quantizerRules, () => quantizerSubject(given, options)));
}
