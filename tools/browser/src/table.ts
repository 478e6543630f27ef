// npm run backends: measures every backend that is here, and writes the table in the README of @lowbit/backends.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BACKENDS, checkBackends, type BackendCheck, type BackendName } from '@lowbit/backends';
import type { FirstSteps } from './first-steps.js';
import { findChromium } from './find-chromium.js';
import { openPage } from './open-page.js';

/** Plain JavaScript, and a CPU that stands in for a GPU, need a while for one. */
const STEPS = { cpu: 2, webgpu: 3, others: 12 };
const README = fileURLToPath(new URL('../../../packages/backends/README.md', import.meta.url));
const [BEGIN, END] = ['<!-- measured by npm run backends -->', '<!-- end of what was measured -->'];

type Measured = FirstSteps & { readonly simd?: string };

const stepsOf = (name: BackendName): number => (name === 'cpu' || name === 'webgpu' ? STEPS[name] : STEPS.others);

async function inNode(name: BackendName): Promise<Measured> {
  const side = fileURLToPath(new URL('table-side.ts', import.meta.url));
  const node = ['--conditions=@lowbit/source', '--import', 'tsx'];
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  const { stdout } = await promisify(execFile)(process.execPath, [...node, side, name, String(stepsOf(name))], {
    env,
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Measured;
}

const largest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);

/** By how much the first loss and the weights after the first step differ from those of the cpu backend. */
function differences(measured: Measured, cpu: Measured): string {
  const loss = Math.abs(measured.loss - cpu.loss);
  const weights = largest(measured.weights.map((value, i) => Math.abs(value - cpu.weights[i]!)));
  return loss === 0 && weights === 0 ? 'none' : `loss ${loss.toExponential(0)}, weights ${weights.toExponential(0)}`;
}

function row(where: string, check: Pick<BackendCheck, 'ok' | 'why'>, measured?: Measured, cpu?: Measured): string {
  const name = measured?.simd ? `${where}, ${measured.simd} SIMD` : where;
  const works = check.ok ? check.why : `no: ${check.why}`;
  if (!measured || !cpu) return `| ${name} | ${works} | – | – |`;
  return `| ${name} | ${works} | ${Math.round(measured.imagesPerSecond)} | ${differences(measured, cpu)} |`;
}

const { backends, auto, platform } = await checkBackends();
const cpu = await inNode('cpu');
const rows: string[] = [];
for (const name of BACKENDS) {
  const check = backends.find((each) => each.name === name)!;
  const measured = name === 'cpu' ? cpu : check.ok ? await inNode(name) : undefined;
  rows.push(row(`\`${name}\``, check, measured, cpu));
  console.error(rows.at(-1));
}
if (findChromium()) {
  const page = await openPage();
  const { webgpu, name: taken } = await page.call('autoBackend');
  const why = `WebAssembly in Chromium ${page.version}; \`auto\` takes \`${taken}\``;
  rows.push(row('`wasm` in a page', { ok: true, why }, await page.call('firstSteps', 'wasm', stepsOf('wasm')), cpu));
  console.error(rows.at(-1));
  const onGpu = webgpu.ok ? await page.call('firstSteps', 'webgpu', stepsOf('webgpu')) : undefined;
  rows.push(row('`webgpu` in a page', webgpu, onGpu, cpu));
  console.error(rows.at(-1));
  await page.close();
}

const machine = `${platform.runtime}, ${os.cpus()[0]!.model.trim()}, ${platform.cores} logical processors`;
const table = [
  BEGIN,
  '',
  `Training the digits' W1A4 network at batch 64; differences from \`cpu\` of the first loss, and of the weights after one step.`,
  `\`auto\` takes \`${auto}\` here: ${machine}.`,
  '',
  '| backend | works | images/s | differences |',
  '| --- | --- | ---: | --- |',
  ...rows,
  '',
  END,
].join('\n');
const text = readFileSync(README, 'utf8');
const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)];
if (start < 0 || end < start) throw new Error(`${README} needs the lines ${BEGIN} and ${END}`);
writeFileSync(README, text.slice(0, start) + table + text.slice(end + END.length));
