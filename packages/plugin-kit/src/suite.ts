import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, it } from 'vitest';
import type { Rule } from './rule.js';

/** Milliseconds that a rule may take: many bits, many inputs, perhaps a busy machine. */
const TIMEOUT = 120_000;

/** One test for each rule. `subject` is made when the first of them runs. */
export function testRules<Subject>(rules: readonly Rule<Subject>[], subject: () => Subject): void {
  let made: { readonly subject: Subject } | undefined;
  const check = async (_name: string, each: Rule<Subject>): Promise<void> => {
    made ??= { subject: subject() };
    await each.check(made.subject);
  };
  it.each(rules.map((each) => [each.name, each] as const))('%s', check, TIMEOUT);
}

/** A suite with one test for each rule. */
export function describeRules<Subject>(title: string, rules: readonly Rule<Subject>[], subject: () => Subject): void {
  describe(title, () => testRules(rules, subject));
}

/** A suite for the cpu backend and for each that is named, in which it is the one in use. */
export function onBackends(title: string, backends: readonly string[] = [], body: () => void): void {
  describe.each([...new Set(['cpu', ...backends])].map((backend) => [backend]))(`${title} on %s`, (backend) => {
    beforeAll(() => useBackend(backend), TIMEOUT);
    body();
  });
}

/** @throws Error a backend that nothing has registered */
async function useBackend(backend: string): Promise<void> {
  const known = tf.findBackendFactory(backend) != null;
  if (known && (await tf.setBackend(backend))) return;
  throw new Error(
    known
      ? `the backend '${backend}' does not start here`
      : `there is no backend '${backend}'; import the package that brings it, such as '@tensorflow/tfjs-backend-${backend}'`,
  );
}
