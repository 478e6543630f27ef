import { count, duration } from '@lowbit/display';
import { LowbitError } from '@lowbit/plugin-api';
import type { Experiment, InterruptedEvent, RecordedRun, Summary } from '@lowbit/training';
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { startBackend } from '../backend.js';
import { command, type Finish, type Outcome } from '../command.js';
import { beginning } from '../config/initial-weights.js';
import { loadConfig } from '../config/load.js';
import { movedPlugins } from '../config/plugins.js';
import { applySettings, collect } from '../config/set.js';
import { dataRoot } from '../data-root.js';
import { EXIT } from '../errors.js';
import { onInterrupt } from '../interrupt.js';
import type { Io } from '../io.js';
import { wholeNumber } from '../options.js';
import { showProgress } from '../progress.js';
import { loadRegistry } from '../registry.js';
import { claimRunDir, openRunDir } from '../run-dir.js';
import { resumeCommand } from '../shell.js';

interface Options {
  readonly out?: string;
  readonly backend?: string;
  readonly seed?: number;
  readonly workers?: number;
  readonly set?: readonly string[];
  readonly resume?: string;
}

export function trainCommand(finish: Finish): Command {
  return command<Options>('train', 'train an experiment, or go on with a run', finish, train)
    .argument('[config]', 'experiment: .ts, .js, .json or .yaml; left out: lowbit.config.* here')
    .option('--out <dir>', 'run folder; left out: runs/NAME-SEED, or NAME-SEED-2 where that is taken')
    .option('--backend <name>', 'auto, node-gpu, node, webgpu, wasm or cpu, over what the config says')
    .option('--seed <n>', 'seed, over what the config says', wholeNumber('--seed'))
    .option('--workers <n>', 'threads that share each batch, over what the config says', wholeNumber('--workers', 1))
    .option('--set <a.b=c>', 'change one value of the config; may be repeated', collect)
    .option('--resume <dir>', 'go on with the run in this folder');
}

/** What is to be trained. */
interface Plan {
  readonly name: string;
  readonly experiment: Experiment;
  /** Where plugins are looked for; the first is what their paths are relative to. */
  readonly folders: readonly [string, ...string[]];
  /** The run that is gone on with. */
  readonly recorded?: RecordedRun;
}

async function train(io: Io, options: Options, config?: string): Promise<Outcome> {
  const { resume } = options;
  if (resume !== undefined && options.out !== undefined) {
    const hint = 'a run goes on in its own folder';
    throw new LowbitError('usage', { what: '--out cannot be used with --resume', where: 'lowbit train', hint });
  }
  const interrupt = onInterrupt(() => io.log.info('ending after this step; once more to end at once'));
  try {
    const recorded = resume === undefined ? undefined : await recordedRun(resume, config !== undefined);
    const plan = await (recorded && config === undefined
      ? recordedPlan(recorded, options)
      : configPlan(config, recorded, options));
    return await run(io, { ...plan, recorded }, options, interrupt.signal);
  } finally {
    interrupt.dispose();
  }
}

const setsBackend = (setting: string): boolean => setting.startsWith('backend=');

/** The run to go on with; undefined when a config may begin it. */
async function recordedRun(dir: string, mayBegin: boolean): Promise<RecordedRun | undefined> {
  const { readRun, RUN_FILES } = await import('@lowbit/training');
  return mayBegin && !existsSync(path.join(dir, RUN_FILES.experiment)) ? undefined : readRun(dir);
}

async function configPlan(config: string | undefined, run: RecordedRun | undefined, options: Options): Promise<Plan> {
  const { file, name, config: given } = await loadConfig(config);
  return { name, experiment: await changed(withoutRecord(given), run, options), folders: [path.dirname(file)] };
}

/** A run's own experiment.json, to be trained anew, says more than an experiment does. */
function withoutRecord(given: Record<string, unknown>): Record<string, unknown> {
  const { simd: _simd, task, versions, commit, ...experiment } = given;
  return task !== undefined && versions !== undefined && commit !== undefined ? experiment : given;
}

async function recordedPlan(run: RecordedRun, options: Options): Promise<Plan> {
  const { dir, experiment } = run;
  return { name: path.basename(dir), experiment: await changed(experiment, run, options), folders: [dir, '.'] };
}

/** The experiment with what the command line changes. A run goes on with the backend that it had. */
async function changed(
  given: object,
  run: RecordedRun | undefined,
  { set, seed, backend, workers }: Options,
): Promise<Experiment> {
  const { parseExperiment } = await import('@lowbit/training');
  const experiment = parseExperiment(applySettings(given, set));
  return {
    ...experiment,
    seed: seed ?? experiment.seed,
    workers: workers ?? experiment.workers,
    backend: backend ?? (set?.some(setsBackend) ? undefined : run?.backend) ?? experiment.backend,
  };
}

async function run(io: Io, plan: Plan, { out, resume }: Options, signal: AbortSignal): Promise<Outcome> {
  const { experiment, folders, name, recorded } = plan;
  const { readRun, trainRun } = await import('@lowbit/training');
  const registry = await loadRegistry(experiment.plugins, folders);
  const given = resume ?? out;
  const { dir, release } = await (given === undefined ? claimRunDir(`${name}-${experiment.seed}`) : openRunDir(given));
  const plugins = movedPlugins(experiment.plugins, folders[0], dir);
  const progress = showProgress(io);
  try {
    const backend = await startBackend(experiment.backend, io, recorded?.simd);
    if (recorded && (recorded.backend !== backend.name || recorded.simd !== backend.simd)) {
      const began = recorded.simd ? `${recorded.backend} with ${recorded.simd} SIMD` : recorded.backend;
      io.log.warn(`the run began on ${began}: it will not end with the bytes of one that stayed there`);
    }
    const begun = await beginning(experiment, folders[0], dir);
    const options = { dir, resume: resume !== undefined, registry, signal, dataRoot: dataRoot(), ...begun.options };
    for await (const event of trainRun({ ...experiment, ...begun.experiment, plugins }, options)) {
      if (event.type === 'start') io.log.info(`run folder ${dir}`);
      progress.tell(event);
      if (event.type === 'interrupted') return interrupted(dir, event);
    }
    return await trained(dir, (await readRun(dir)).summary!);
  } finally {
    progress.stop();
    await release();
  }
}

async function trained(run: string, summary: Summary): Promise<Outcome> {
  const { metricsText, sizeReport, sizeText } = await import('../report.js');
  const { metrics, size, wallSeconds } = summary;
  const lines = [
    sizeText(sizeReport(size, metrics.testAccuracy)),
    metricsText(metrics),
    `trained in ${duration(wallSeconds)} on ${summary.backend}${by(summary)}; the run is in ${run}`,
  ];
  return { result: { run, ...summary }, text: lines.join('\n') };
}

function by({ workers }: Summary): string {
  return workers === 1 ? '' : ` by ${workers} workers`;
}

function interrupted(run: string, { epoch, step }: InterruptedEvent): Outcome {
  const resume = resumeCommand(run);
  return {
    result: { run, interrupted: true, epoch, step, resume },
    text: `interrupted after ${count(step)} steps; a checkpoint is written. Go on with: ${resume}`,
    exitCode: EXIT.interrupted,
  };
}
