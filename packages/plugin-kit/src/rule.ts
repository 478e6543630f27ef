import { inspect } from './show.js';

/** A rule that something breaks: which, on what input, and what was expected and received there. */
export class RuleViolation extends Error {
  override readonly name = 'RuleViolation';

  constructor(
    readonly rule: string,
    /** What it was tried on: the name of an input, the precision. */
    readonly input: string,
    readonly expected: string,
    readonly received: string,
    options?: ErrorOptions,
  ) {
    super(`${rule}: on ${input}, expected ${expected}, received ${received}`, options);
  }
}

/** Makes the violation of the rule that is being checked, on the input that it is being checked on. */
export type Broken = (expected: string, received: unknown) => RuleViolation;

/** Runs `body` as the check of a rule on one input. An error that is no violation, such as one that the subject throws, becomes one. */
export type On = <T>(input: string, body: (broken: Broken) => T) => T;

/** One thing that a contract promises, and a check of it that needs no test runner. */
export interface Rule<Subject> {
  /** The promise as a sentence. */
  readonly name: string;
  /** Passes where the rule is not about the subject. @throws RuleViolation */
  check(subject: Subject): void | Promise<void>;
}

/** Makes a rule of its promise and its check. */
export function rule<Subject>(name: string, check: (subject: Subject, on: On) => void | Promise<void>): Rule<Subject> {
  const on: On = (input, body) => {
    const broken: Broken = (expected, received) => new RuleViolation(name, input, expected, inspect(received));
    const violation = (cause: unknown): RuleViolation =>
      cause instanceof RuleViolation
        ? cause
        : new RuleViolation(name, input, 'no error', `the error '${(cause as Error)?.message ?? cause}'`, { cause });
    try {
      const result = body(broken);
      if (!(result instanceof Promise)) return result;
      return result.catch((cause: unknown) => {
        throw violation(cause);
      }) as typeof result;
    } catch (cause) {
      throw violation(cause);
    }
  };
  return { name, check: (subject) => on('what it was given', () => check(subject, on)) };
}

/** The rules that a subject breaks, in their order; none where it keeps its contract. */
export async function violationsOf<Subject>(
  rules: readonly Rule<Subject>[],
  subject: Subject,
): Promise<RuleViolation[]> {
  const violations: RuleViolation[] = [];
  for (const each of rules) {
    try {
      await each.check(subject);
    } catch (error) {
      if (!(error instanceof RuleViolation)) throw error;
      violations.push(error);
    }
  }
  return violations;
}
