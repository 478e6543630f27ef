import { LowbitError } from '@lowbit/plugin-api';
import { expect, it } from 'vitest';
import type { Graph } from '../graph.js';
import { sizeOf } from '../shapes.js';
import { everyOp, randomFrom, shiftNet } from '../testing/graphs.js';
import { mutated } from '../testing/mutations.js';
import { hasChecksumPlace, sealChecksum } from './checksum.js';
import { readModel } from './read-model.js';
import { writeModel } from './write-model.js';

const MUTATIONS = 10_000;
const EVERY = { packings: ['ternary', 'huffman'] } as const;
/** The largest table that a Huffman code is read by. */
const WORDS_TABLE = 2 ** 16;

const graphs = [shiftNet(), shiftNet(7, 8, 4), everyOp()];
/** Bytes of typed arrays that were made anew, not as views. */
let allocated = 0;
const ARRAYS = { Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Float32Array };
const COUNTED = Object.fromEntries(Object.entries(ARRAYS).map(([name, array]) => [name, counted(array)]));

const FILES = graphs.flatMap((graph) =>
  [writeModel(graph), writeModel(graph, EVERY)].map((bytes) => ({
    graph,
    bytes,
    whole: writeModel(graph),
    honest: bytes.length + unpackedBytes(graph),
  })),
);

it.each([
  ['as they are', false],
  ['with the checksum made right again', true],
])(
  `${MUTATIONS} damaged files, %s, are refused or give a model`,
  (_name, sealed) => {
    const random = randomFrom(20);
    const seen = { refused: new Set<string>(), read: 0 };
    for (let i = 0; i < MUTATIONS; i++) {
      const { bytes, whole, honest } = FILES[i % FILES.length]!;
      const damaged = mutated(bytes, FILES[random(FILES.length)]!.bytes, random);
      if (sealed && damaged.length >= 45 && hasChecksumPlace(damaged)) sealChecksum(damaged);
      const { result, milliseconds, allocated } = attempt(damaged);
      expect(milliseconds).toBeLessThan(1000);
      expect(allocated).toBeLessThanOrEqual(2 * honest + WORDS_TABLE);
      if (result instanceof Error) {
        expect(result).toBeInstanceOf(LowbitError);
        expect(result.message).toMatch(/^.{10,2500}$/);
        seen.refused.add(result.message.replace(/( must|['"[{\d]).*/, ''));
        continue;
      }
      seen.read++;
      const again = writeModel(result);
      if (!sealed) expect(Buffer.compare(again, whole)).toBe(0);
      else expect(Buffer.compare(writeModel(readModel(again)), again)).toBe(0);
    }
    // the checks behind the checksum are reached, and so is a model

    expect(seen.refused.size).toBeGreaterThan(sealed ? 80 : 20);
    if (sealed) expect(seen.read).toBeGreaterThan(500);
  },
  120_000,
);

function attempt(bytes: Uint8Array): { result: Graph | Error; milliseconds: number; allocated: number } {
  allocated = 0;
  Object.assign(globalThis, COUNTED);
  const start = process.cpuUsage();
  let result: Graph | Error;
  try {
    result = readModel(bytes);
  } catch (error) {
    result = error as Error;
  } finally {
    Object.assign(globalThis, ARRAYS);
  }
  return { result, milliseconds: process.cpuUsage(start).user / 1000, allocated };
}

function unpackedBytes({ parameters }: Graph): number {
  return Object.values(parameters).reduce((sum, { kind, shape }) => sum + (kind === 'codes' ? sizeOf(shape) : 0), 0);
}

/** The constructor of a typed array, which counts. */
function counted<T extends (typeof ARRAYS)[keyof typeof ARRAYS]>(array: T): T {
  return new Proxy(array, {
    construct(target, args: unknown[], newTarget) {
      const made = Reflect.construct(target, args, newTarget) as Uint8Array;
      if (!(args[0] instanceof ArrayBuffer)) allocated += made.byteLength;
      return made;
    },
  });
}
