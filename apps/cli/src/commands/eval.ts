import { count } from '@lowbit/display';
import { LowbitError } from '@lowbit/plugin-api';
import type { CheckpointName } from '@lowbit/training';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { startBackend, startForLooking } from '../backend.js';
import { command, type Finish, type Outcome } from '../command.js';
import { collect } from '../config/set.js';
import type { Io } from '../io.js';
import { checkData, findModel, interfaceOf, openData, pluginsFor, splitOf } from '../model-source.js';
import { oneOf, precision, shape, type PrecisionOption } from '../options.js';
import { isPackedFile, loadPacked } from '../packed.js';
import { loadRegistry } from '../registry.js';

interface Options {
  readonly data?: string;
  readonly set?: readonly string[];
  readonly split: string;
  readonly checkpoint: CheckpointName;
  readonly precision?: PrecisionOption;
  readonly plugin?: readonly string[];
  readonly inputShape?: readonly number[];
  readonly backend?: string;
}

export function evalCommand(finish: Finish): Command {
  return command<Options>('eval', "evaluate a run's model, or one that was saved", finish, evaluateModel)
    .argument(
      '<run>',
      'run folder, a packed network, a layers model that lowbit quantize or TensorFlow.js saved, or an ONNX model',
    )
    .option('--data <name>', "another data set than the run's")
    .option('--set <a.b=c>', "change one of the data set's options, as in data.root=FOLDER; may be repeated", collect)
    .option('--plugin <name>', 'a plugin that brings the data set: a package or a path; may be repeated', collect)
    .option('--input-shape <shape>', 'of an ONNX model that leaves sizes open, as in 224,224,3', shape('--input-shape'))
    .option('--split <name>', 'which part of the data', 'test')
    .option('--checkpoint <name>', "a run's last or best", oneOf('--checkpoint', ['last', 'best']), 'last')
    .option(
      '--precision <bits>',
      'other bits than it was trained at, as in weights=8,activations=float',
      precision('--precision'),
    )
    .option('--backend <name>', "auto, node-gpu, node, webgpu, wasm or cpu; left out: the run's");
}

async function evaluateModel(io: Io, options: Options, given: string): Promise<Outcome> {
  if (isPackedFile(given)) return evaluatePacked(options, given);
  const [{ evaluate }, { splitMetrics }] = await Promise.all([import('@lowbit/training'), import('../report.js')]);
  const source = await findModel(given, options.inputShape);
  const { run, task } = source;
  const registry = await loadRegistry(pluginsFor(source, options.plugin), [source.folder, '.']);
  const { dataset } = await openData(source.data, options.data, options.set ?? [], registry);
  if (task) checkData(dataset, task.inputShape, task.classes.length);
  const split = splitOf(dataset, options.split);
  const { name: backend } = await startBackend(options.backend ?? run?.backend ?? 'auto', io, run?.simd);
  const { model, moment, precision: own, ...how } = await source.load(registry, options.checkpoint);
  try {
    const { inputShape, classes } = interfaceOf(model);
    checkData(dataset, inputShape, classes);
    await checkPrecision(model, options.precision);
    const policy = { ...own, ...options.precision };
    const metrics = await evaluate(model, split, { ...how, normalize: task?.normalization, precision: policy });
    const result = {
      ...(run ? { run: given, checkpoint: options.checkpoint, ...moment } : { model: given }),
      data: dataset.name,
      split: options.split,
      examples: split.size,
      ...(options.precision && { precision: options.precision }),
      backend,
      metrics,
    };
    const when = moment ? `, after epoch ${moment.epoch}` : '';
    const at = Object.entries(options.precision ?? {}).map(([role, value]) => `${role} at ${value}`);
    const bits = at.length > 0 ? `, ${at.join(', ')}` : '';
    const text = `${dataset.name} ${options.split}, ${count(split.size)} examples${when}${bits}: ${splitMetrics(metrics)}`;
    return { result, text };
  } finally {
    model.dispose();
  }
}

/** By @lowbit/runtime, on the inputs as they are stored: the network prepares them itself. */
async function evaluatePacked(options: Options, given: string): Promise<Outcome> {
  for (const option of ['precision', 'backend'] as const) {
    if (options[option] === undefined) continue;
    const hint = 'leave it out, or evaluate the run that the file was made of';
    const what = 'a packed network runs at the bits that it has, by the runtime';
    throw new LowbitError('usage', { what, where: `--${option}`, hint });
  }
  const [{ evaluatePredictions }, { splitMetrics }] = await Promise.all([
    import('@lowbit/training'),
    import('../report.js'),
  ]);
  const model = await loadPacked(given);
  try {
    const registry = await loadRegistry(pluginsFor({ plugins: [] }, options.plugin), ['.']);
    const { dataset } = await openData(model.data, options.data, options.set ?? [], registry);
    const split = splitOf(dataset, options.split);
    checkData(dataset, model.inputShape, model.classes);
    await startForLooking();
    const metrics = await evaluatePredictions(model.predict, split);
    const { bytes } = model;
    const result = { model: given, bytes, data: dataset.name, split: options.split, examples: split.size, metrics };
    const text = `${dataset.name} ${options.split}, ${count(split.size)} examples, ${count(bytes)} bytes: ${splitMetrics(metrics)}`;
    return { result, text };
  } finally {
    model.dispose();
  }
}

/** @throws LowbitError ('usage') bits for what the model has no quantizer of */
async function checkPrecision(model: LayersModel, asked: PrecisionOption = {}): Promise<void> {
  const { quantizedLayers } = await import('@lowbit/quant-core');
  const roles = new Set(
    quantizedLayers(model).flatMap(({ layer }) => [...layer.slots.values()].map(({ role }) => role)),
  );
  for (const [role, bits] of Object.entries(asked)) {
    if (bits === 'float' || roles.has(role as 'weights')) continue;
    throw new LowbitError('usage', {
      what: `nothing in the model quantizes ${role}`,
      where: '--precision',
      received: `${role}=${bits}`,
      hint: 'a precision changes the bits of the quantizers that a model has; lowbit quantize gives it some',
    });
  }
}
