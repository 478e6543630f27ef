import { LowbitError, type Dataset, type Registry } from '@lowbit/plugin-api';
import type { CheckpointName, Experiment, RecordedRun } from '@lowbit/training';
import type { Command } from 'commander';
import { startBackend } from '../backend.js';
import { command, type Finish, type Outcome } from '../command.js';
import { applySettings, collect } from '../config/set.js';
import { dataRoot } from '../data-root.js';
import { count } from '../format.js';
import type { Io } from '../io.js';
import { oneOf } from '../options.js';
import { loadRegistry } from '../registry.js';

interface Options {
  readonly data?: string;
  readonly set?: readonly string[];
  readonly split: string;
  readonly checkpoint: CheckpointName;
  readonly backend?: string;
}

export function evalCommand(finish: Finish): Command {
  return command<Options>('eval', "evaluate a run's model", finish, evaluateRun)
    .argument('<run>', 'run folder')
    .option('--data <name>', "another data set than the run's")
    .option('--set <a.b=c>', "change one of the data set's options, as in data.root=FOLDER; may be repeated", collect)
    .option('--split <name>', 'which part of the data', 'test')
    .option('--checkpoint <name>', 'last or best', oneOf('--checkpoint', ['last', 'best']), 'last')
    .option('--backend <name>', "auto, node-gpu, node, webgpu, wasm or cpu; left out: the run's");
}

async function evaluateRun(io: Io, options: Options, dir: string): Promise<Outcome> {
  const [{ evaluate, loadRun, readRun }, { splitMetrics }] = await Promise.all([
    import('@lowbit/training'),
    import('../report.js'),
  ]);
  const recorded = await readRun(dir);
  const registry = await loadRegistry(recorded.experiment.plugins, [dir, '.']);
  const dataset = await openData(recorded, options, registry);
  const split = dataset.splits[options.split];
  if (!split) {
    const hint = `it has ${Object.keys(dataset.splits).join(', ')}`;
    throw new LowbitError('usage', {
      what: `no split of this name`,
      where: `dataset '${dataset.name}'`,
      received: options.split,
      hint,
    });
  }
  const { name: backend } = await startBackend(options.backend ?? recorded.backend, io, recorded.simd);
  const { model, checkpoint, evaluateOptions } = await loadRun(dir, { registry, checkpoint: options.checkpoint });
  const metrics = await evaluate(model, split, evaluateOptions);
  model.dispose();
  const { epoch, step } = checkpoint.state;
  const result = {
    run: dir,
    checkpoint: options.checkpoint,
    epoch,
    step,
    data: dataset.name,
    split: options.split,
    examples: split.size,
    backend,
    metrics,
  };
  const text = `${dataset.name} ${options.split}, ${count(split.size)} examples, after epoch ${epoch}: ${splitMetrics(metrics)}`;
  return { result, text };
}

/** The run's data set, or another of the same shape and classes. */
async function openData(
  { experiment, task }: RecordedRun,
  { data: name, set = [] }: Options,
  registry: Registry,
): Promise<Dataset> {
  const { openDataset } = await import('@lowbit/training');
  const elsewhere = set.find((setting) => !setting.startsWith('data.'));
  if (elsewhere !== undefined) {
    const hint = 'the data alone can be changed: --set data.KEY=VALUE';
    throw new LowbitError('usage', { what: 'not one of the data', where: '--set', received: elsewhere, hint });
  }
  const given = name === undefined ? experiment.data : { dataset: name };
  const { data } = applySettings({ data: given }, set) as Pick<Experiment, 'data'>;
  const dataset = await openDataset({ data }, registry, dataRoot());
  const shapes = [task.inputShape, dataset.inputShape].map((sizes) => sizes.join('×'));
  if (shapes[0] !== shapes[1] || task.classes.length !== dataset.classes.length) {
    throw new LowbitError('usage', {
      what: `the model reads inputs of ${shapes[0]} and knows ${task.classes.length} classes`,
      where: `dataset '${dataset.name}'`,
      received: `${shapes[1]} and ${dataset.classes.length} classes`,
      hint: 'evaluate it on data like its own',
    });
  }
  return dataset;
}
