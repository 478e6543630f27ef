import { LowbitError, type Registry } from '@lowbit/plugin-api';
import type { Experiment, Stage } from '../experiment/experiment.js';
import type { TrainState } from '../loop/state.js';

/**
 * Checks that a run can go on as `wanted` from where it stands. What has shaped the past must be as it was. What comes after may
 * change: the epochs of the stage under way where its schedule does not look at the end, the stages that follow, the backend, the plugins, and how often it is evaluated
 * and stored.
 *
 * @throws LowbitError ('config') the first key that differs
 */
export function checkSameExperiment(
  recorded: Experiment,
  wanted: Experiment,
  state: TrainState,
  registry: Registry,
  where: string,
): void {
  const key = firstDifference(past(recorded, state), past(wanted, state));
  if (key !== undefined) {
    throw new LowbitError('config', {
      what: `this run is of another experiment: ${key.path} differs`,
      where,
      received: `${JSON.stringify(key.wanted)} instead of ${JSON.stringify(key.recorded)}`,
      hint: 'resume with the run’s own experiment, or begin a new run in another folder',
    });
  }
  const done = state.stageEpoch + (state.epochStep > 0 ? 1 : 0);
  const [before, after] = [recorded, wanted].map(({ stages }) => stages[state.stage]!) as [Stage, Stage];
  if (after.epochs < done) {
    const what = `stages.${state.stage}.epochs is fewer than the run has done`;
    throw new LowbitError('config', { what, where, received: after.epochs, hint: `at least ${done}` });
  }
  const epoch = firstOtherRate(before, after, state, registry);
  if (epoch === undefined) return;
  throw new LowbitError('config', {
    what: `the schedule '${after.schedule!.schedule}' looks at the stage's end: of ${after.epochs} epochs it would have given epoch ${epoch + 1} another rate`,
    where: `${where}, stages.${state.stage}.epochs`,
    received: `${after.epochs} instead of ${before.epochs}`,
    hint: 'add a stage for the further epochs, or begin a new run in another folder',
  });
}

/** The first epoch done whose rate would have been another; looked at in the middle of each. */
function firstOtherRate(before: Stage, after: Stage, state: TrainState, registry: Registry): number | undefined {
  if (before.epochs === after.epochs || !after.schedule) return undefined;
  const schedule = registry.make('schedules', after.schedule, undefined, 'schedule');
  const rate = (epoch: number, { epochs }: Stage): number =>
    schedule({ epoch, epochs, step: 1, stepsPerEpoch: 2, history: state.history.slice(0, epoch) });
  const done = Array.from({ length: state.stageEpoch + (state.epochStep > 0 ? 1 : 0) }, (_, epoch) => epoch);
  return done.find((epoch) => rate(epoch, before) !== rate(epoch, after));
}

function past(experiment: Experiment, { stage }: TrainState): unknown {
  const { data, model, initialWeights, batchSize, seed, workers, stages } = experiment;
  const begun = stages
    .slice(0, stage + 1)
    .map(({ name: _name, epochs, ...rest }, i) => (i < stage ? { epochs, ...rest } : rest));
  return { data, model, initialWeights, batchSize, seed, workers, stages: begun };
}

interface Difference {
  readonly path: string;
  readonly recorded: unknown;
  readonly wanted: unknown;
}

function firstDifference(recorded: unknown, wanted: unknown, path = ''): Difference | undefined {
  if (Object.is(recorded, wanted)) return undefined;
  if (!isContainer(recorded) || !isContainer(wanted)) return { path, recorded, wanted };
  for (const key of new Set([...Object.keys(recorded), ...Object.keys(wanted)])) {
    const inside = firstDifference(recorded[key], wanted[key], path === '' ? key : `${path}.${key}`);
    if (inside) return inside;
  }
  return undefined;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
