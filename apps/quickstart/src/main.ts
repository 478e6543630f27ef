import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { newFolder } from './folder.js';
import { HELP, readOptions, type Options } from './options.js';
import { packAll, packedFile, type Packed } from './pack.js';
import { packedVerdict, resultTable, verdict, type Summary } from './table.js';
import { trainBoth, type Result, type Run } from './train-both.js';

const EXPERIMENTS = fileURLToPath(new URL('../../../experiments/', import.meta.url));

/** What is trained, the few-bit net first. */
const NETS = [
  { label: 'W1A4', name: 'w1a4', config: path.join(EXPERIMENTS, 'digits-w1a4.json') },
  { label: 'float', name: 'float', config: path.join(EXPERIMENTS, 'digits-float.json') },
] as const;

/**
 * Trains both nets and shows them side by side.
 *
 * @returns the exit code: that of the run that failed, 130 when interrupted, 2 for bad usage
 */
export async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message.replace(/\s*\n\s*/g, ' ')}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { resume, backend = 'wasm' } = options;
  if (resume !== undefined && !existsSync(resume)) {
    process.stderr.write(
      `error: no such folder, in --resume, received '${resume}'; give that of an earlier quickstart\n`,
    );
    return 2;
  }
  const folder = resume ?? (await newFolder());
  const runs = NETS.map(({ label, name, config }) => ({ label, dir: path.join(folder, name), config }));
  process.stderr.write(
    `Training an L-SSPQ with 1-bit weights and 4-bit activations, and its float twin, on handwritten digits\n`,
  );
  process.stderr.write(
    `(${resume === undefined ? `backend ${backend}; ` : ''}into ${folder}; Ctrl-C stops, and it can be resumed)\n\n`,
  );
  return report(await trainBoth(runs, options), runs, folder);
}

async function report(result: Result, runs: readonly Run[], folder: string): Promise<number> {
  if (result.failed) return failed(`the ${result.failed.label} run failed`, result.failed);
  if (result.interrupted) {
    process.stderr.write(`Stopped, with a checkpoint of each run. Go on with: npm start -- --resume ${folder}\n`);
    return 130;
  }
  const summaries = result.summaries as [Summary, Summary];
  process.stderr.write('\nPacking both, and running what was packed on every test digit\n');
  const packing = await packAll(runs);
  if ('error' in packing) return failed(`packing the ${packing.label} net failed`, packing);
  const [few, float] = packing.packed as [Packed, Packed];
  const labels = runs.map(({ label }) => label);
  const table = resultTable(labels, summaries, [few, float]);
  const verdicts = `${verdict(...summaries)}\n${packedVerdict(few, float)}`;
  process.stdout.write(`\n${table}\n${verdicts}\n\n${whatNext(runs)}\n`);
  return 0;
}

function failed(what: string, { code, error }: { code: number; error: string }): number {
  process.stderr.write(`error: ${what}: ${error}\n`);
  return code;
}

function whatNext([few, float]: readonly Run[]): string {
  return [
    'The runs, with checkpoints, events and TensorBoard scalars:',
    `  ${few!.dir}`,
    `  ${float!.dir}`,
    'Next:',
    `  npx lowbit inspect ${few!.dir}`,
    `  npx lowbit inspect ${packedFile(few!)}`,
    `  npx lowbit eval ${packedFile(few!)}`,
    '  npx lowbit train experiments/digits-w1a4.json --set model.weights.bits=2',
    '  npx lowbit inspect --paper',
    '  npx lowbit doctor',
  ].join('\n');
}
