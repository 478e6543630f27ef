#!/usr/bin/env node
// draw.js [--check]: draws the picture in ARCHITECTURE.md from the packages' own package.json files, so that it stays true.
// --check (CI) says whether it still is, and whether every dependency points down.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const file = path.join(root, 'ARCHITECTURE.md');
const [BEGIN, END] = ['<!-- house: drawn by tools/architecture -->', '<!-- end of house -->'];

const packages = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .map((name) => path.join(root, folder, name, 'package.json'))
    .filter(existsSync)
    .map((manifest) => JSON.parse(readFileSync(manifest, 'utf8'))),
);
const floorOf = new Map(
  packages.map(({ name, nx }) => {
    const tag = nx?.tags?.find((each) => each.startsWith('floor:'));
    if (!tag) throw new Error(`${name} has no floor tag; add "nx": { "tags": ["floor:N"] } to its package.json`);
    return [name, Number(tag.slice('floor:'.length))];
  }),
);
const edges = packages.flatMap(({ name, dependencies = {} }) =>
  Object.keys(dependencies)
    .filter((dependency) => floorOf.has(dependency))
    .map((dependency) => [name, dependency]),
);

const upward = edges.filter(([from, to]) => floorOf.get(to) >= floorOf.get(from));
if (upward.length > 0) {
  console.error(`imports that do not point down: ${upward.map((edge) => edge.join(' → ')).join(', ')}`);
  process.exit(1);
}

const text = readFileSync(file, 'utf8');
const [start, end] = [text.indexOf(BEGIN), text.indexOf(END)];
if (start < 0 || end < start) throw new Error(`ARCHITECTURE.md needs the lines ${BEGIN} and ${END}`);
const drawn = `${text.slice(0, start)}${BEGIN}\n\n${picture()}\n\n${text.slice(end)}`;
if (!process.argv.includes('--check')) writeFileSync(file, drawn);
else if (drawn !== text) {
  console.error(
    'the picture in ARCHITECTURE.md is not what the packages import; run `npm run draw -w @lowbit/architecture`',
  );
  process.exit(1);
}

function picture() {
  const id = (name) => name.replace(/^@lowbit\//, '').replaceAll('-', '_');
  const label = (name) => name.replace(/^@lowbit\//, '');
  const floors = [...new Set(floorOf.values())].sort((a, b) => b - a);
  const lines = ['```mermaid', 'flowchart TB'];
  for (const floor of floors) {
    lines.push(`  subgraph floor${floor}["floor ${floor}"]`);
    for (const [name, each] of floorOf) if (each === floor) lines.push(`    ${id(name)}["${label(name)}"]`);
    lines.push('  end');
  }
  for (const [from, to] of reduced(edges)) lines.push(`  ${id(from)} --> ${id(to)}`);
  return [...lines, '```'].join('\n');
}

/** Without the edges that a longer path implies: the picture shows what stands on what. */
function reduced(all) {
  const next = (name) => all.filter(([from]) => from === name).map(([, to]) => to);
  const reaches = (from, to) => next(from).some((each) => each === to || reaches(each, to));
  return all.filter(([from, to]) => !next(from).some((each) => each !== to && reaches(each, to)));
}
