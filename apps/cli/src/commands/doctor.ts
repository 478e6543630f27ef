import type { BackendCheck, Check } from '@lowbit/backends';
import { bytes } from '@lowbit/display';
import type { Command } from 'commander';
import { command, type Finish, type Outcome } from '../command.js';
import { dataRoot } from '../data-root.js';
import { table } from '../table.js';

export function doctorCommand(finish: Finish): Command {
  return command('doctor', 'what works on this machine, and how to get the rest', finish, doctor);
}

async function doctor(): Promise<Outcome> {
  const [{ checkBackends }, data] = await Promise.all([import('@lowbit/backends'), import('@lowbit/data')]);
  const [check, datasets, root] = await Promise.all([
    checkBackends(),
    data.listDatasets({ root: dataRoot() }),
    data.dataRoot(dataRoot()),
  ]);
  const present = datasets.filter((dataset) => dataset.present).map(({ name }) => name);
  return { result: { ...check, data: { root, present } }, text: doctorText(check, root, present) };
}

function doctorText({ backends, auto, platform }: Check, root: string, present: readonly string[]): string {
  const { runtime, system, cpu, cores, memory, wasm } = platform;
  const features = Object.entries({ SIMD: wasm.simd, 'relaxed SIMD': wasm.relaxedSimd, threads: wasm.threads });
  const facts = [
    ['machine', [`${runtime}, ${system}`, cpu, `${cores} cores`, memory && bytes(memory)].filter(Boolean).join(', ')],
    ['WebAssembly', features.map(([name, has]) => `${has ? '' : 'no '}${name}`).join(', ')],
    ['data', `${root}: ${present.join(', ')}`],
  ];
  const rows = backends.map((each) => [
    each.name + (each.name === auto ? ' (auto)' : ''),
    each.ok ? 'works' : 'no',
    each.why,
  ]);
  const ways = backends.filter((each): each is BackendCheck & { get: string } => each.get !== undefined);
  const missing = ways.map(({ name, get }) => `to get ${name}: ${get}`);
  return [
    table(undefined, facts),
    '',
    table(['backend', 'here', 'why'], rows),
    ...missing.map((line) => `\n${line}`),
  ].join('\n');
}
