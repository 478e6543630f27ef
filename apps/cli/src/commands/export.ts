import { LowbitError, type ExportContext, type Exporter, type Registry } from '@lowbit/plugin-api';
import type { CheckpointName } from '@lowbit/training';
import type { Command } from 'commander';
import path from 'node:path';
import { startBackend, startForLooking } from '../backend.js';
import type { Applied, ExportCheck } from '../check-export.js';
import { command, type Finish, type Outcome } from '../command.js';
import { applySettings, collect } from '../config/set.js';
import { count } from '@lowbit/display';
import type { Io } from '../io.js';
import { checkData, findModel, openData, pluginsFor, splitOf, type ModelSource } from '../model-source.js';
import { oneOf, shape } from '../options.js';
import { checkFree } from '../output.js';
import { loadPacked } from '../packed.js';
import { loadRegistry } from '../registry.js';

interface Options {
  readonly format: string;
  readonly output: string;
  readonly checkpoint: CheckpointName;
  readonly set?: readonly string[];
  readonly check?: boolean;
  readonly data?: string;
  readonly split: string;
  readonly plugin?: readonly string[];
  readonly inputShape?: readonly number[];
  readonly backend: string;
}

export function exportCommand(finish: Finish): Command {
  return command<Options>('export', 'write a trained model in a format that it is deployed in', finish, exportModel)
    .argument('<model>', 'run folder, a layers model that lowbit quantize or TensorFlow.js saved, or an ONNX model')
    .option('--format <name>', 'lowbit, qonnx, onnx, tfjs, or what a plugin brings', 'lowbit')
    .requiredOption('-o, --output <path>', 'the file, or of a format of several files the folder')
    .option('--checkpoint <name>', "a run's last or best", oneOf('--checkpoint', ['last', 'best']), 'last')
    .option('--set <a=c>', "one of the format's options; may be repeated", collect)
    .option('--check', 'run the packed network beside the model, on data: same classes, scores, time')
    .option('--data <name>', "of --check: another data set than the run's")
    .option('--split <name>', 'of --check: which part of the data', 'test')
    .option(
      '--plugin <name>',
      'of --check: a plugin that brings the data set: a package or a path; may be repeated',
      collect,
    )
    .option('--input-shape <shape>', 'of an ONNX model that leaves sizes open, as in 224,224,3', shape('--input-shape'))
    .option('--backend <name>', 'of --check: what runs the model: auto, node-gpu, node, webgpu, wasm or cpu', 'wasm');
}

async function exportModel(io: Io, options: Options, given: string): Promise<Outcome> {
  const { format, output, checkpoint, set } = options;
  const source = await findModel(given, options.inputShape);
  const registry = await loadRegistry(pluginsFor(source, options.plugin), [source.folder, '.']);
  const exporter = exporterOf(registry, format, set);
  checkFree(output);
  if (options.check && format !== 'lowbit') {
    const hint = 'it is for the format lowbit, which @lowbit/runtime runs';
    throw new LowbitError('usage', {
      what: '--check cannot run this format',
      where: '--check',
      received: format,
      hint,
    });
  }
  if (options.check) await startBackend(options.backend, io);
  else await startForLooking();
  const [{ withPrecision }, { writeAtomically }] = await Promise.all([
    import('@lowbit/quant-core'),
    import('@lowbit/training'),
  ]);
  const { model, precision } = await source.load(registry, checkpoint);
  try {
    const written = withPrecision(precision, () => exporter.write(model, contextOf(source)));
    const files = filesOf(written, output);
    for (const [file, bytes] of files) await writeAtomically(file, bytes);
    const bytes = files.reduce((sum, [, content]) => sum + content.byteLength, 0);
    const result = { model: given, format, output, files: files.map(([file]) => file), bytes };
    const text = `${output}: ${count(bytes)} bytes`;
    if (!options.check) return { result, text };
    const { checkText } = await import('../check-export.js');
    const check = await checked(output, source, { model, precision }, registry, options);
    return { result: { ...result, check }, text: `${text}\n${checkText(check)}` };
  } finally {
    model.dispose();
  }
}

async function checked(
  output: string,
  source: ModelSource,
  { model, precision }: Pick<Applied, 'model' | 'precision'>,
  registry: Registry,
  { data, split }: Options,
): Promise<ExportCheck> {
  const { checkExport } = await import('../check-export.js');
  const packed = await loadPacked(output);
  try {
    const { dataset } = await openData(source.data, data, [], registry);
    checkData(dataset, packed.inputShape, packed.classes);
    const applied = { model, precision, normalization: source.task?.normalization };
    return await checkExport(packed, applied, splitOf(dataset, split));
  } finally {
    packed.dispose();
  }
}

function exporterOf(registry: Registry, format: string, set: readonly string[] | undefined): Exporter {
  return registry.make('exporters', applySettings({ exporter: format }, set), undefined, 'lowbit export');
}

/** What `lowbit eval` finds the data again by is kept with the model. */
function contextOf({ task, data }: ModelSource): ExportContext {
  const metadata = data && { data: JSON.stringify(data) };
  return { ...(task && { normalization: task.normalization, labels: task.classes }), ...(metadata && { metadata }) };
}

/** The files that are to be written, each at its place, in their order: an exporter puts what names the others last. */
function filesOf(written: ReturnType<Exporter['write']>, output: string): [string, Uint8Array][] {
  if (written instanceof Uint8Array) return [[output, written]];
  return Object.entries(written).map(([name, bytes]) => [path.join(output, name), bytes]);
}
