import { LowbitError, suggestNames, type ModelContext, type Registry } from '@lowbit/plugin-api';
import type { ModelSize } from '@lowbit/quant-core';
import type { RecordedRun } from '@lowbit/training';
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { startForLooking } from '../backend.js';
import { command, type Finish, type Outcome } from '../command.js';
import { applySettings, collect } from '../config/set.js';
import type { Io } from '../io.js';
import { modelFile } from '../model-files.js';
import { findModel, isOnnxFile } from '../model-source.js';
import { fraction, shape, wholeNumber } from '../options.js';
import { isPackedFile } from '../packed.js';
import { loadRegistry } from '../registry.js';

interface Options {
  readonly set?: readonly string[];
  readonly inputShape?: number[];
  readonly classes?: number;
  readonly accuracy?: number;
  readonly paper?: boolean;
}

export function inspectCommand(finish: Finish): Command {
  return command<Options>('inspect', 'what a model takes: per layer, per kind, and for its accuracy', finish, inspect)
    .argument('[what]', 'run folder, a packed network, a saved model, an ONNX model, or the name of a model')
    .option('--set <a.b=c>', "change one of the model's options; may be repeated", collect)
    .option(
      '--input-shape <shape>',
      "shape of an input, as in 32,32,3; left out: the model's own",
      shape('--input-shape'),
    )
    .option('--classes <n>', "number of classes; left out: the model's own", wholeNumber('--classes', 1))
    .option('--accuracy <fraction>', 'count information density for this accuracy', fraction('--accuracy'))
    .option('--paper', "the L-SSPQ paper's tables beside what is counted here");
}

async function inspect(_io: Io, options: Options, what?: string): Promise<Outcome> {
  if (options.paper) return paper();
  if (what === undefined) {
    const hint = 'lowbit inspect RUN, or MODEL-NAME, or --paper';
    throw new LowbitError('usage', { what: 'a run or the name of a model is needed', where: 'lowbit inspect', hint });
  }
  const { RUN_FILES } = await import('@lowbit/training');
  if (existsSync(path.join(what, RUN_FILES.experiment))) return inspectRun(options, what);
  if (isPackedFile(what)) return inspectPacked(options, what);
  return isOnnxFile(what) || modelFile(what) !== undefined ? inspectSaved(options, what) : inspectModel(options, what);
}

async function inspectPacked({ accuracy }: Options, file: string): Promise<Outcome> {
  const { packedReport, packedText } = await import('../packed-report.js');
  const report = await packedReport(file, accuracy);
  return { result: { model: file, ...report }, text: packedText(report) };
}

async function inspectSaved({ accuracy, inputShape }: Options, what: string): Promise<Outcome> {
  const [{ modelSize }, { sizeReport, sizeText }] = await Promise.all([
    import('@lowbit/quant-core'),
    import('../report.js'),
  ]);
  const source = await findModel(what, isOnnxFile(what) ? inputShape : undefined);
  const registry = await loadRegistry(source.plugins, [source.folder, '.']);
  await startForLooking();
  const { model } = await source.load(registry);
  const report = sizeReport(modelSize(model), accuracy);
  model.dispose();
  return { result: { model: what, ...report }, text: sizeText(report, { perLayer: true }) };
}

async function paper(): Promise<Outcome> {
  const { formatPaperTables, paperTables } = await import('@lowbit/models-sspq');
  const tables = paperTables();
  return { result: { tables }, text: formatPaperTables(tables) };
}

async function inspectRun({ accuracy }: Options, dir: string): Promise<Outcome> {
  const [{ readRun }, { metricsText, sizeReport, sizeText }] = await Promise.all([
    import('@lowbit/training'),
    import('../report.js'),
  ]);
  const run = await readRun(dir);
  const metrics = run.summary?.metrics;
  const size = run.summary?.size ?? (await sizeOfUnfinished(run));
  const report = sizeReport(size, accuracy ?? metrics?.testAccuracy);
  const model = run.experiment.model.model;
  const lines = [sizeText(report, { perLayer: true }), metrics ? metricsText(metrics) : 'the run has not ended yet'];
  return { result: { run: dir, model, ...report, metrics }, text: lines.join('\n') };
}

/** At the bits of the last stage, as the summary of the finished run will have it. */
async function sizeOfUnfinished({ dir, experiment, task }: RecordedRun): Promise<ModelSize> {
  const [{ buildModel }, { modelSize, withPrecision }] = await Promise.all([
    import('@lowbit/training'),
    import('@lowbit/quant-core'),
  ]);
  const registry = await loadRegistry(experiment.plugins, [dir, '.']);
  await startForLooking();
  const model = buildModel(experiment, task, registry);
  const size = withPrecision(experiment.stages.at(-1)!.precision, () => modelSize(model));
  model.dispose();
  return size;
}

async function inspectModel(options: Options, name: string): Promise<Outcome> {
  const registry = await loadRegistry();
  if (!registry.has('models', name)) throw unknown(name, registry);
  const [{ modelSize }, { sizeReport, sizeText }] = await Promise.all([
    import('@lowbit/quant-core'),
    import('../report.js'),
  ]);
  await startForLooking();
  const { inputShape, classes, accuracy, set } = options;
  // a model that has a shape and a number of classes of its own is not told any
  const context = { ...(inputShape && { inputShape }), ...(classes && { classes }), seed: 1, registry } as ModelContext;
  const model = registry.make('models', applySettings({ model: name }, set), context, 'lowbit inspect');
  const report = sizeReport(modelSize(model), accuracy);
  model.dispose();
  return { result: { model: name, ...report }, text: sizeText(report, { perLayer: true }) };
}

function unknown(name: string, registry: Registry): LowbitError {
  const names = registry.list('models').map((model) => model.name);
  const hint = suggestNames(name, names);
  return new LowbitError('usage', {
    what: 'no run folder and no model',
    where: 'lowbit inspect',
    received: name,
    hint,
  });
}
