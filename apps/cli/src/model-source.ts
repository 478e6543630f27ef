import { LowbitError, type Dataset, type Loss, type Registry, type Split } from '@lowbit/plugin-api';
import type { PrecisionPolicy } from '@lowbit/quant-core';
import type { CheckpointName, Experiment, RecordedRun, Task } from '@lowbit/training';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { isPath } from './config/plugins.js';
import { applySettings } from './config/set.js';
import { dataRoot } from './data-root.js';
import { modelFile, readSavedModel } from './model-files.js';

/** A trained model, of a run, saved by TF.js, or of ONNX. */
export interface ModelSource {
  readonly run?: RecordedRun;
  /** Where its plugins are looked for. */
  readonly folder: string;
  readonly plugins: readonly string[];
  /** The data that it was trained or calibrated on, where that is known. */
  readonly data?: Experiment['data'];
  readonly task?: Task;
  load(registry: Registry, checkpoint?: CheckpointName): Promise<LoadedModel>;
}

export interface LoadedModel {
  readonly model: LayersModel;
  readonly batchSize: number;
  readonly loss?: Loss;
  readonly precision: PrecisionPolicy;
  /** Of a run: when its checkpoint was written. */
  readonly moment?: { readonly epoch: number; readonly step: number };
}

/** How many examples a model sees at once, where no run says how many. */
export const BATCH_SIZE = 128;

/** Whether a path means an ONNX model. */
export function isOnnxFile(given: string): boolean {
  return given.endsWith('.onnx') && existsSync(given);
}

/**
 * Finds what a path means: a run folder, a layers model as TF.js saves it (its `model.json`, or the folder of that), or a float ONNX model.
 *
 * @param inputShape of the inputs of an ONNX model, where it leaves sizes open
 * @throws LowbitError ('usage') none is there; ('data') a damaged one
 */
export async function findModel(given: string, inputShape?: readonly number[]): Promise<ModelSource> {
  if (isOnnxFile(given)) return onnxModel(given, inputShape);
  if (inputShape) {
    const hint = 'leave it out: the model has a shape of its own';
    throw new LowbitError('usage', {
      what: 'it is for ONNX models that leave sizes open',
      where: '--input-shape',
      hint,
    });
  }
  const { RUN_FILES, loadRun, readRun } = await import('@lowbit/training');
  const saved = modelFile(given);
  if (existsSync(path.join(given, RUN_FILES.experiment))) {
    const run = await readRun(given);
    const { experiment, task } = run;
    const load: ModelSource['load'] = async (registry, checkpoint) => {
      const loaded = await loadRun(given, { registry, checkpoint });
      const { loss, precision = {} } = loaded.evaluateOptions;
      const { epoch, step } = loaded.checkpoint.state;
      return { model: loaded.model, batchSize: experiment.batchSize, loss, precision, moment: { epoch, step } };
    };
    return { run, folder: given, plugins: experiment.plugins, data: experiment.data, task, load };
  }
  if (saved === undefined) {
    const hint = `a run folder has a file ${RUN_FILES.experiment}, a model that TensorFlow.js saved a model.json, one of ONNX ends in .onnx`;
    throw new LowbitError('usage', { what: 'there is no run here and no saved model', where: given, hint });
  }
  const { record, load } = await readSavedModel(saved);
  const { data, task, plugins = [] } = record;
  return {
    folder: path.dirname(saved),
    plugins,
    data,
    task,
    load: async () => ({ model: await load(), batchSize: BATCH_SIZE, precision: {} }),
  };
}

function onnxModel(file: string, inputShapes?: readonly number[]): ModelSource {
  const load = async (): Promise<LoadedModel> => {
    const [{ importOnnx }, { toLayersModel }] = await Promise.all([
      import('@lowbit/import-onnx'),
      import('@lowbit/lowering'),
    ]);
    const model = toLayersModel(await importOnnx(file, { inputShapes }));
    return { model, batchSize: BATCH_SIZE, precision: {} };
  };
  return { folder: path.dirname(file), plugins: [], load };
}

/** The plugins of a model, and those that are named beside it: their paths are relative to the folder that the command runs in. */
export function pluginsFor({ plugins }: Pick<ModelSource, 'plugins'>, more: readonly string[] = []): string[] {
  return [...plugins, ...more.map((name) => (isPath(name) ? path.resolve(name) : name))];
}

/**
 * Opens the data that a model is to see: what is named, else its own.
 *
 * @param set changes of the data set's options: `data.KEY=VALUE`
 * @throws LowbitError ('usage') no data is known; a setting that is not one of the data; whatever opening throws
 */
export async function openData(
  own: Experiment['data'] | undefined,
  name: string | undefined,
  set: readonly string[],
  registry: Registry,
): Promise<{ dataset: Dataset; data: Experiment['data'] }> {
  const { openDataset } = await import('@lowbit/training');
  const elsewhere = set.find((setting) => !setting.startsWith('data.'));
  if (elsewhere !== undefined) {
    const hint = 'the data alone can be changed: --set data.KEY=VALUE';
    throw new LowbitError('usage', { what: 'not one of the data', where: '--set', received: elsewhere, hint });
  }
  if (name === undefined && own === undefined) {
    const hint = 'name the data set, as in --data digits';
    throw new LowbitError('usage', { what: 'the model does not say what data it is for', where: '--data', hint });
  }
  const given = name === undefined ? own! : ({ dataset: name } as Experiment['data']);
  const { data } = applySettings({ data: given }, set) as Pick<Experiment, 'data'>;
  return { dataset: await openDataset({ data }, registry, dataRoot()), data };
}

/** @throws LowbitError ('usage') there is no split of this name */
export function splitOf(dataset: Dataset, name: string): Split {
  const split = dataset.splits[name];
  if (split) return split;
  throw new LowbitError('usage', {
    what: `no split of this name`,
    where: `dataset '${dataset.name}'`,
    received: name,
    hint: `it has ${Object.keys(dataset.splits).join(', ')}`,
  });
}

/** @throws LowbitError ('usage') data of another shape than a model reads, or of another number of classes than it tells */
export function checkData(dataset: Dataset, inputShape: readonly (number | null)[], classes: number): void {
  const fits =
    inputShape.length === dataset.inputShape.length &&
    inputShape.every((size, i) => size === null || size === dataset.inputShape[i]);
  if (fits && classes === dataset.classes.length) return;
  const shown = (sizes: readonly (number | null)[]) => sizes.map((size) => size ?? 'n').join('×');
  throw new LowbitError('usage', {
    what: `the model reads inputs of ${shown(inputShape)} and knows ${classes} classes`,
    where: `dataset '${dataset.name}'`,
    received: `${shown(dataset.inputShape)} and ${dataset.classes.length} classes`,
    hint: 'evaluate it on data like its own',
  });
}

/** What a model reads, without the batch axis, and the number of classes that it tells apart. */
export function interfaceOf(model: LayersModel): { inputShape: (number | null)[]; classes: number } {
  return { inputShape: model.inputs[0]!.shape.slice(1), classes: model.outputs[0]!.shape.at(-1) ?? 0 };
}
