import { LowbitError, type Registry } from '@lowbit/plugin-api';
import type { Experiment, Summary } from '@lowbit/training';
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { startBackend } from '../backend.js';
import { command, type Finish, type Outcome } from '../command.js';
import type { Given, Variant } from '../compare/comparison.js';
import type { Row, Skipped } from '../compare/rows.js';
import { beginning } from '../config/initial-weights.js';
import { loadConfig } from '../config/load.js';
import { movedPlugins } from '../config/plugins.js';
import { applySettings, collect } from '../config/set.js';
import { dataRoot } from '../data-root.js';
import { EXIT } from '../errors.js';
import { onInterrupt } from '../interrupt.js';
import type { Io } from '../io.js';
import { listOf, oneOf, wholeNumber } from '../options.js';
import { showProgress } from '../progress.js';
import { loadRegistry } from '../registry.js';
import { claimRunDir, openRunDir } from '../run-dir.js';

interface Options extends Given {
  readonly out?: string;
  readonly backend?: string;
  readonly set?: readonly string[];
}

export function compareCommand(finish: Finish): Command {
  return command<Options>('compare', 'train one network with several quantizers, side by side', finish, compare)
    .argument('<config>', '{ "experiment", "variants", "seeds" }, or an experiment')
    .option('--quantizers <names>', 'of an experiment: names between commas', listOf('--quantizers', String))
    .option('--bits <list>', 'numbers of bits, each for each quantizer', listOf('--bits', wholeNumber('--bits', 1)))
    .option('--on <role>', 'weights, activations or both', oneOf('--on', ['weights', 'activations', 'both']), 'weights')
    .option('--seeds <list>', 'over what the config says', listOf('--seeds', wholeNumber('--seeds')))
    .option('--out <dir>', 'folder of its runs, table and chart; one that is there is gone on with')
    .option('--backend <name>', 'auto, node-gpu, node, webgpu, wasm or cpu, over what the config says')
    .option('--set <a.b=c>', 'change one value of the experiment; may be repeated', collect);
}

async function compare(io: Io, options: Options, config: string): Promise<Outcome> {
  const { file, name, config: given } = await loadConfig(config);
  const [{ comparisonOf }, { rowOf }, { parseExperiment }] = await Promise.all([
    import('../compare/comparison.js'),
    import('../compare/rows.js'),
    import('@lowbit/training'),
  ]);
  const comparison = comparisonOf(given, path.relative('', file), options);
  const experiment = applySettings(comparison.experiment, options.set);
  const first = parseExperiment(experiment);
  const folder = path.dirname(file);
  const registry = await loadRegistry(first.plugins, [folder]);
  const { dir, release } = await (options.out === undefined ? claimRunDir(name) : openRunDir(options.out));
  const interrupt = onInterrupt(() => io.log.info('ending after this step; once more to end at once'));
  try {
    const backend = await startBackend(options.backend ?? first.backend, io);
    // before anything is trained
    const problems = comparison.variants.map((variant) => problemOf(variant, first, registry));
    const rows: (Row | Skipped)[] = [];
    for (const [i, variant] of comparison.variants.entries()) {
      const skipped = problems[i];
      if (skipped !== undefined) {
        rows.push({ name: variant.name, skipped });
        continue;
      }
      const summaries: Summary[] = [];
      for (const seed of comparison.seeds) {
        const run = path.join(dir, `${fileName(variant.name)}-${seed}`);
        const model = { ...first.model, ...variant.model };
        const plugins = movedPlugins(first.plugins, folder, run);
        const one: Experiment = { ...first, model, seed, plugins, backend: backend.name };
        const part = { label: `${variant.name}, seed ${seed}`, experiment: one, folder, dir: run };
        const summary = await trained(io, part, registry, interrupt.signal);
        if (!summary) return interrupted(dir, config);
        summaries.push(summary);
      }
      rows.push(rowOf(variant.name, summaries));
    }
    return await finished(dir, rows);
  } finally {
    interrupt.dispose();
    await release();
  }
}

/** Why a variant cannot be: a quantizer that is not made for the role, or not for these bits. */
function problemOf({ model }: Variant, { model: own }: Experiment, registry: Registry): string | undefined {
  for (const [role, spec] of Object.entries(model)) {
    if (spec === 'float' || spec === 'relu') continue;
    try {
      registry.make('quantizers', spec, role as 'weights', `variants, ${role} of ${own.model}`);
    } catch (error) {
      if (!(error instanceof LowbitError) || !registry.has('quantizers', nameOf(spec))) throw error;
      return error.message;
    }
  }
  return undefined;
}

function nameOf(spec: string | Readonly<Record<string, unknown>>): string {
  return typeof spec === 'string' ? spec : String(spec['quantizer']);
}

/** One training of a comparison. */
interface Part {
  readonly label: string;
  readonly experiment: Experiment;
  /** What the path of its initial weights is relative to. */
  readonly folder: string;
  readonly dir: string;
}

/** The summary of a run that has ended, or is ended now; undefined of one that was interrupted. */
async function trained(
  io: Io,
  { label, experiment, folder, dir }: Part,
  registry: Registry,
  signal: AbortSignal,
): Promise<Summary | undefined> {
  const { readRun, RUN_FILES, trainRun } = await import('@lowbit/training');
  const resume = existsSync(path.join(dir, RUN_FILES.experiment));
  if (!resume || !(await readRun(dir)).summary) {
    io.log.info(label);
    const progress = showProgress(io);
    try {
      const begun = await beginning(experiment, folder, dir);
      const options = { dir, resume, registry, signal, dataRoot: dataRoot(), ...begun.options };
      for await (const event of trainRun({ ...experiment, ...begun.experiment }, options)) {
        progress.tell(event);
        if (event.type === 'interrupted') return undefined;
      }
    } finally {
      progress.stop();
    }
  }
  return (await readRun(dir)).summary!;
}

async function finished(dir: string, rows: readonly (Row | Skipped)[]): Promise<Outcome> {
  const [{ comparisonChart }, { rowsMarkdown, rowsText }, { writeAtomically }] = await Promise.all([
    import('../compare/chart.js'),
    import('../compare/rows.js'),
    import('@lowbit/training'),
  ]);
  const files = { table: path.join(dir, 'comparison.md'), chart: path.join(dir, 'comparison.svg') };
  const done = rows.filter((row): row is Row => 'accuracy' in row);
  await writeAtomically(files.table, rowsMarkdown(rows));
  await writeAtomically(files.chart, await comparisonChart(done));
  await writeAtomically(path.join(dir, 'comparison.json'), `${JSON.stringify(rows, null, 2)}\n`);
  return { result: { dir, rows, ...files }, text: `${rowsText(rows)}\n\ntable and chart are in ${dir}` };
}

function interrupted(dir: string, config: string): Outcome {
  const resume = `lowbit compare ${config} --out ${dir}`;
  return {
    result: { dir, interrupted: true, resume },
    text: `interrupted; what is trained is kept. Go on with: ${resume}`,
    exitCode: EXIT.interrupted,
  };
}

/** A variant's name as that of a folder. */
function fileName(name: string): string {
  return name.replace(/[^\w.+-]+/g, '-').replace(/^-+|-+$/g, '');
}
