import type { ExportContext, Exporter, Registry } from '@lowbit/plugin-api';
import type { CheckpointName } from '@lowbit/training';
import type { Command } from 'commander';
import path from 'node:path';
import { startForLooking } from '../backend.js';
import { command, type Finish, type Outcome } from '../command.js';
import { applySettings, collect } from '../config/set.js';
import { count } from '../format.js';
import type { Io } from '../io.js';
import { findModel, type ModelSource } from '../model-source.js';
import { oneOf } from '../options.js';
import { checkFree } from '../output.js';
import { loadRegistry } from '../registry.js';

interface Options {
  readonly format: string;
  readonly output: string;
  readonly checkpoint: CheckpointName;
  readonly set?: readonly string[];
}

export function exportCommand(finish: Finish): Command {
  return command<Options>('export', 'write a trained model in a format that it is deployed in', finish, exportModel)
    .argument('<model>', 'run folder, or a layers model that lowbit quantize or TensorFlow.js saved')
    .option('--format <name>', 'lowbit, qonnx, onnx, tfjs, or what a plugin brings', 'lowbit')
    .requiredOption('-o, --output <path>', 'the file, or of a format of several files the folder')
    .option('--checkpoint <name>', "a run's last or best", oneOf('--checkpoint', ['last', 'best']), 'last')
    .option('--set <a=c>', "one of the format's options; may be repeated", collect);
}

async function exportModel(_io: Io, { format, output, checkpoint, set }: Options, given: string): Promise<Outcome> {
  const source = await findModel(given);
  const registry = await loadRegistry(source.plugins, [source.folder, '.']);
  const exporter = exporterOf(registry, format, set);
  checkFree(output);
  await startForLooking();
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
    return { result, text: `${output}: ${count(bytes)} bytes` };
  } finally {
    model.dispose();
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
