import { LowbitError, type ExtensionFactory, type Metrics, type Progress } from '@lowbit/plugin-api';
import { rule, violationsOf, type Rule, type RuleViolation } from '../rule.js';
import { describeRules } from '../suite.js';
import { madeBy, refusesUnknownOptions, type FactoryOptions, type Made } from './made.js';

/** What an author declares of a schedule. */
export interface ScheduleOptions extends FactoryOptions {
  /** Epochs of the stages that it is tried on; 1, 10 and 200 unless given. */
  readonly epochs?: readonly number[];
}

/** A schedule as the rules see it. */
export interface ScheduleSubject {
  readonly made: Made<'schedules'>;
  readonly epochs: readonly number[];
}

const rates = rule<ScheduleSubject>('every rate is a finite number from 0', ({ made, epochs }, on) => {
  const schedule = made.make();
  for (const progress of course(epochs)) {
    on(shown(progress), (broken) => {
      const rate: unknown = schedule(progress);
      if (typeof rate !== 'number' || !(rate >= 0 && rate < Infinity)) throw broken('a finite number from 0', rate);
    });
  }
});

const memory = rule<ScheduleSubject>(
  'it has no memory: the same point of a stage has the same rate in any order',
  ({ made, epochs }, on) => {
    const schedule = made.make();
    const points = course(epochs);
    const first = points.map((point) => schedule(point));
    const last = points
      .toReversed()
      .map((point) => schedule(point))
      .toReversed();
    const fresh = points.map((point) => made.make()(point));
    points.forEach((point, i) =>
      on(shown(point), (broken) => {
        if (last[i] !== first[i]) throw broken(`${first[i]}, as when asked before`, last[i]);
        if (fresh[i] !== first[i]) throw broken(`${first[i]}, as of one that was asked for earlier points`, fresh[i]);
      }),
    );
  },
);

const history = rule<ScheduleSubject>(
  'a history without the metric that it looks for gives a rate, or a LowbitError',
  ({ made, epochs }, on) => {
    const schedule = made.make();
    for (const progress of course(epochs)) {
      for (const metrics of [{}, { other: 1 }] as Metrics[]) {
        const given = { ...progress, history: Array.from({ length: progress.epoch }, () => metrics) };
        on(`${shown(progress)}, a history of ${JSON.stringify(metrics)}`, (broken) => {
          try {
            const rate = schedule(given);
            if (!(rate >= 0 && rate < Infinity)) throw broken('a finite number from 0, or a LowbitError', rate);
          } catch (error) {
            if (!(error instanceof LowbitError)) throw error;
          }
        });
      }
    }
  },
);

/** Points of stages of some lengths, frozen with all that is in them. */
function course(lengths: readonly number[]): Progress[] {
  return lengths.flatMap((epochs) =>
    [1, 7].flatMap((stepsPerEpoch) =>
      [...new Set([0, 1, 2, Math.floor(epochs / 2), epochs - 1])]
        .filter((epoch) => epoch < epochs)
        .flatMap((epoch) =>
          [...new Set([0, stepsPerEpoch - 1])].map((step) => {
            const past = Array.from({ length: epoch }, (_, i) => {
              const loss = 1 / (1 + (i % 4));
              return Object.freeze({ loss, accuracy: 1 - loss, testLoss: loss, testAccuracy: 1 - loss });
            });
            return Object.freeze({ epoch, epochs, step, stepsPerEpoch, history: Object.freeze(past) });
          }),
        ),
    ),
  );
}

function shown({ epoch, epochs, step, stepsPerEpoch }: Progress): string {
  return `epoch ${epoch} of ${epochs}, step ${step} of ${stepsPerEpoch}`;
}

/** The contract of a schedule, rule by rule. */
export const scheduleRules: readonly Rule<ScheduleSubject>[] = [rates, memory, history, refusesUnknownOptions()];

function subjectOf(
  factory: ExtensionFactory<'schedules'>,
  { options, epochs = [1, 10, 200] }: ScheduleOptions,
): ScheduleSubject {
  return { made: madeBy('schedules', factory, options, undefined), epochs };
}

/** The rules that a schedule breaks: none where it keeps the contract of `Schedule`. */
export function checkSchedule(
  factory: ExtensionFactory<'schedules'>,
  options: ScheduleOptions = {},
): Promise<RuleViolation[]> {
  return violationsOf(scheduleRules, subjectOf(factory, options));
}

/** A vitest suite of the contract of a schedule. A schedule that is no plugin's: `describeSchedule(() => schedule)`. */
export function describeSchedule(factory: ExtensionFactory<'schedules'>, options: ScheduleOptions = {}): void {
  describeRules(`a schedule ${JSON.stringify(options.options ?? {})} keeps its contract`, scheduleRules, () =>
    subjectOf(factory, options),
  );
}
