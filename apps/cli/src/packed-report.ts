import { describeModel, readModel, type ModelDescription } from '@lowbit/graph';
import { informationDensity, kilokibibytes, mebibytes } from '@lowbit/quant-core';
import { load, type ModelMemory } from '@lowbit/runtime';
import { readFileSync } from 'node:fs';
import { count } from '@lowbit/display';
import { table } from './table.js';

/** What a packed network is made of, and what it takes to run. Plain JSON. */
export interface PackedReport extends ModelDescription {
  /** Of the file, its header included. */
  readonly fileBytes: number;
  readonly memory: ModelMemory;
  readonly simd: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** L-SSPQ eq. 2, of the file's bytes, where the accuracy is known. */
  readonly informationDensity?: { readonly mebibytes: number; readonly kilokibibytes: number };
}

/** @throws LowbitError a file that is no packed network */
export async function packedReport(file: string, accuracy?: number): Promise<PackedReport> {
  const bytes = readFileSync(file);
  const graph = readModel(bytes);
  const model = await load(graph);
  const { memory, simd } = model;
  model.dispose();
  const bits = bytes.byteLength * 8;
  const density = accuracy !== undefined && {
    informationDensity: {
      mebibytes: informationDensity(accuracy, mebibytes(bits)),
      kilokibibytes: informationDensity(accuracy, kilokibibytes(bits)),
    },
  };
  const { metadata = {} } = graph;
  return { fileBytes: bytes.byteLength, ...describeModel(graph), memory, simd, metadata, ...density };
}

/** For people: a line for each node, those that compute in floats named, and the sums. */
export function packedText({
  nodes,
  totals,
  fileBytes,
  memory,
  simd,
  informationDensity: density,
}: PackedReport): string {
  const head = ['node', 'op', 'out', 'bits', 'computes in', 'bytes'];
  const rows = nodes.map(({ name, op, shape, bits, arithmetic, bytes }) => [
    name,
    op,
    shape.join('×'),
    String(bits),
    arithmetic,
    count(bytes),
  ]);
  const islands = nodes.filter(({ arithmetic, bytes }) => arithmetic === 'float' && bytes > 0).map(({ name }) => name);
  const parts = Object.entries(memory).map(([part, bytes]) => `${part} ${count(bytes as number)}`);
  return [
    table(head, rows, [3, 5]),
    '',
    `file                 ${count(fileBytes)} bytes; by the bits alone ${count(totals.bytes)}`,
    `float islands        ${islands.join(', ') || 'none'}`,
    `memory               ${parts.join(', ')} bytes, ${simd} SIMD`,
    ...(density
      ? [
          `information density  ${density.mebibytes.toFixed(4)} by MiB, ${density.kilokibibytes.toFixed(4)} by thousand KiB`,
        ]
      : []),
  ].join('\n');
}
