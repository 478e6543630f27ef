import type { Heap } from '../wasm/heap.js';
import { floatLine, guessLine, type CodeLine } from './thresholds.js';

/** Values of `rule` in assembly/coding.ts. */
const RULES = { line: 0, floor: 1, guess: 2, search: 3, count: 4 } as const;

/** Thresholds that are counted as fast as anything else finds codes, and those from which on bisection is faster. */
const FEW = 3;
const MANY = 24;

/** How floats become codes. */
export interface Coding {
  readonly rule: keyof typeof RULES;
  readonly line?: CodeLine | undefined;
}

/** The fastest way to the codes of thresholds that is exact for every float. */
export function codingOf(thresholds: Float32Array): Coding {
  const { length } = thresholds;
  if (length <= FEW) return { rule: 'count' };
  const line = floatLine(thresholds);
  if (line) return { rule: line.isFloor ? 'floor' : 'line', line };
  const guess = guessLine(thresholds);
  if (guess) return { rule: 'guess', line: guess };
  return { rule: length < MANY ? 'count' : 'search' };
}

/** What heaps have already, by the thresholds: most layers of a network have the same. */
const known = new WeakMap<Heap, Map<string, number>>();

/** The address of what the kernels are told of a coding: see assembly/coding.ts. */
export function putCoding(heap: Heap, thresholds: Float32Array): number {
  const codings = known.get(heap) ?? new Map<string, number>();
  known.set(heap, codings);
  const key = thresholds.join();
  const address = codings.get(key) ?? putNew(heap, thresholds);
  codings.set(key, address);
  return address;
}

function putNew(heap: Heap, thresholds: Float32Array): number {
  const { rule, line } = codingOf(thresholds);
  const span = 2 ** Math.floor(Math.log2(Math.max(1, thresholds.length)));
  // NaN is reached by nothing
  const table = new Float32Array(2 * span - 1).fill(NaN);
  table.set(thresholds);
  const record = new Int32Array(6);
  record.set([RULES[rule], thresholds.length, heap.put(table), span]);
  new Float32Array(record.buffer).set([line?.scale ?? 0, line?.bias ?? 0], 4);
  return heap.put(record);
}
