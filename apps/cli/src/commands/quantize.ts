import { type Dataset, type Split } from '@lowbit/plugin-api';
import type { LayerError } from '@lowbit/post-training';
import type { Experiment, Task } from '@lowbit/training';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { startBackend } from '../backend.js';
import { command, type Finish, type Outcome } from '../command.js';
import { movedPlugins } from '../config/plugins.js';
import { collect } from '../config/set.js';
import type { Io } from '../io.js';
import { writeSavedModel } from '../model-files.js';
import {
  BATCH_SIZE,
  checkData,
  findModel,
  interfaceOf,
  openData,
  pluginsFor,
  splitOf,
  type LoadedModel,
} from '../model-source.js';
import { shape, wholeNumber } from '../options.js';
import { checkFree } from '../output.js';
import { readPolicy } from '../policy.js';
import { quantizeText, type Quantized } from '../quantize-report.js';
import { loadRegistry } from '../registry.js';

interface Options {
  readonly policy: string;
  readonly calibrate?: string;
  readonly set?: readonly string[];
  readonly examples: number;
  readonly split: string;
  readonly normalize?: string;
  readonly bnReestimate?: boolean;
  readonly biasCorrection?: boolean;
  readonly plugin?: readonly string[];
  readonly inputShape?: readonly number[];
  readonly output: string;
  readonly backend?: string;
}

export function quantizeCommand(finish: Finish): Command {
  return command<Options>('quantize', 'quantize a trained model without training', finish, quantize)
    .argument(
      '<model>',
      'run folder, a layers model that TensorFlow.js saved (model.json or its folder), or an ONNX model',
    )
    .requiredOption(
      '--policy <policy>',
      "what gets how many bits: a JSON file, or JSON; a quantizer alone is all weights'",
    )
    .option('--calibrate <name>', "data set whose training examples the quantizers are made from; left out: the run's")
    .option('--set <a.b=c>', "change one of the data set's options, as in data.root=FOLDER; may be repeated", collect)
    .option('--examples <n>', 'how many of them', wholeNumber('--examples', 1), 512)
    .option('--split <name>', 'which part of the data accuracy is measured on', 'test')
    .option(
      '--normalize <how>',
      "how the model's inputs were prepared: none, unit or per-channel; left out: as in the run, else none",
    )
    .option('--plugin <name>', 'a plugin that brings the data set: a package or a path; may be repeated', collect)
    .option('--input-shape <shape>', 'of an ONNX model that leaves sizes open, as in 224,224,3', shape('--input-shape'))
    .option('--bn-reestimate', 'take the statistics of batch normalizations anew')
    .option('--bias-correction', 'take the shift of means out of the biases')
    .requiredOption('-o, --output <dir>', 'folder that the quantized model is written to')
    .option('--backend <name>', "auto, node-gpu, node, webgpu, wasm or cpu; left out: the run's, else auto");
}

async function quantize(io: Io, options: Options, given: string): Promise<Outcome> {
  const [{ modelSize, quantizeModel }, { evaluate }] = await Promise.all([
    import('@lowbit/quant-core'),
    import('@lowbit/training'),
  ]);
  const policy = await readPolicy(options.policy);
  const source = await findModel(given, options.inputShape);
  checkFree(options.output);
  const registry = await loadRegistry(pluginsFor(source, options.plugin), [source.folder, '.']);
  const { dataset, data } = await openData(source.data, options.calibrate, options.set ?? [], registry);
  const test = splitOf(dataset, options.split);
  if (source.task) checkData(dataset, source.task.inputShape, source.task.classes.length);
  const { run } = source;
  const { name: backend } = await startBackend(options.backend ?? run?.backend ?? 'auto', io, run?.simd);
  const { model: float, ...how } = await source.load(registry);
  const task = await taskFor(float, dataset, source.task, options.normalize);
  const accuracyOf = async (model: LayersModel, precision: LoadedModel['precision'] = {}): Promise<number> => {
    const { batchSize, loss } = how;
    const metrics = await evaluate(model, test, { batchSize, loss, normalize: task.normalization, precision });
    return metrics['accuracy']!;
  };
  const quantized = quantizeModel(float, policy);
  const examples = examplesOf(splitOf(dataset, 'train'), options.examples, task);
  const steps = await correct(io, float, quantized, examples, options, accuracyOf);
  const plugins = [...source.plugins, ...movedPlugins(options.plugin ?? [], '.', options.output)];
  const record = { data: data as Experiment['data'], task, plugins };
  await writeSavedModel(options.output, quantized, record);
  const result: Quantized = {
    model: given,
    output: options.output,
    policy,
    calibration: { data: dataset.name, examples: Math.min(options.examples, splitOf(dataset, 'train').size) },
    backend,
    accuracy: { float: await accuracyOf(float, how.precision), ...steps.accuracy },
    layers: steps.layers,
    size: { float: modelSize(float).bytes, quantized: modelSize(quantized).bytes },
  };
  for (const model of [float, quantized]) model.weights.forEach((weight) => weight.dispose());
  return { result, text: quantizeText(result, options.split) };
}

type Examples = () => AsyncGenerator<Tensor>;

/** Calibrates, measures, corrects, and measures again. */
async function correct(
  { log }: Io,
  float: LayersModel,
  quantized: LayersModel,
  examples: Examples,
  { bnReestimate, biasCorrection }: Options,
  accuracyOf: (model: LayersModel) => Promise<number>,
): Promise<{ accuracy: Omit<Quantized['accuracy'], 'float'>; layers: Quantized['layers'] }> {
  const { calibrateModel, correctBias, layerErrors, reestimateBatchNorm } = await import('@lowbit/post-training');
  const calibrated = await calibrateModel(quantized, examples);
  log.debug(`calibrated the activations of ${calibrated.join(', ') || 'no layer'}`);
  const before = await layerErrors(float, quantized, examples);
  const accuracy = await accuracyOf(quantized);
  if (!bnReestimate && !biasCorrection) return { accuracy: { quantized: accuracy }, layers: before.map(row) };
  if (bnReestimate) await reestimateBatchNorm(quantized, examples);
  if (biasCorrection) {
    const { skipped } = await correctBias(float, quantized, examples);
    if (skipped.length > 0) log.warn(`no bias to correct, and no normalization behind: ${skipped.join(', ')}`);
  }
  const was = new Map(before.map(({ layer, output }) => [layer, output]));
  const after = await layerErrors(float, quantized, examples);
  const layers = after.map((error) => ({ ...row(error), before: decibels(was.get(error.layer)!) }));
  return { accuracy: { quantized: accuracy, corrected: await accuracyOf(quantized) }, layers };
}

function row({ layer, output, weights }: LayerError): Quantized['layers'][number] {
  const each = Object.entries(weights).map(([name, value]) => [name, decibels(value)] as const);
  return { layer, output: decibels(output), weights: Object.fromEntries(each) };
}

/** JSON knows no infinity: null where there is no error. */
function decibels(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** What the data must be to the model. @throws LowbitError data of another shape, or an unknown preparation */
async function taskFor(model: LayersModel, dataset: Dataset, own: Task | undefined, normalize?: string): Promise<Task> {
  const { taskOf } = await import('@lowbit/training');
  const { inputShape, classes } = interfaceOf(model);
  checkData(dataset, inputShape, classes);
  if (normalize === undefined && own) return own;
  return taskOf(dataset, { data: { dataset: dataset.name, normalize: normalize ?? 'none' } as Experiment['data'] });
}

/** The first examples of a shuffled epoch, batch by batch, as often as they are asked for. */
function examplesOf(split: Split, limit: number, { normalization }: Task): Examples {
  return async function* () {
    const [{ batches }, { tensor }] = await Promise.all([import('@lowbit/data'), import('@tensorflow/tfjs-core')]);
    let left = limit;
    for await (const { inputs } of batches(split, {
      batchSize: Math.min(BATCH_SIZE, limit),
      normalize: normalization,
    })) {
      const [size, ...shape] = inputs.shape as [number, ...number[]];
      const taken = Math.min(left, size);
      const x = tensor(inputs.data.subarray(0, (inputs.data.length / size) * taken), [taken, ...shape]);
      try {
        yield x;
      } finally {
        x.dispose();
      }
      left -= taken;
      if (left === 0) return;
    }
  };
}
