import { inferValues } from '@lowbit/graph';
import { LowbitError } from '@lowbit/plugin-api';
import { expect, it } from 'vitest';
import { importOnnx } from './import-onnx.js';
import { someNet } from './testing/build.js';

const MUTATIONS = 10_000;
/** Bytes that stand for sizes, indices and lengths that no honest file has. */
const ODD = [0, 1, 0x7f, 0x80, 0xff];

/** Marsaglia's xorshift32, below a number. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function damaged(file: Uint8Array, random: (below: number) => number): Uint8Array {
  const bytes = Uint8Array.from(file);
  const at = random(bytes.length);
  switch (random(6)) {
    case 0:
      for (let i = random(8); i >= 0; i--) bytes[random(bytes.length)]! ^= 1 << random(8);
      return bytes;
    case 1:
      return bytes.slice(0, at);
    case 2:
      return Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + 1 + random(16))]);
    case 3: {
      const from = random(bytes.length);
      bytes.copyWithin(at, from, from + random(100));
      return bytes;
    }
    case 4:
      // a varint of nine bytes: a size of 2⁶³
      return Uint8Array.from([...bytes.slice(0, at), ...new Array<number>(9).fill(0xff), 1, ...bytes.slice(at)]);
    default:
      for (let i = random(4); i >= 0; i--) bytes[random(bytes.length)] = ODD[random(ODD.length)]!;
      return bytes;
  }
}

it(`${MUTATIONS} damaged files are refused or give a graph`, { timeout: 120_000 }, async () => {
  const file = someNet();
  const random = randomFrom(19);
  const refused = new Set<string>();
  let read = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const start = process.cpuUsage();
    try {
      inferValues(await importOnnx(damaged(file, random)));
      read++;
    } catch (error) {
      if (!(error instanceof LowbitError)) console.log(error);
      expect(error).toBeInstanceOf(LowbitError);
      expect((error as Error).message).toMatch(/^.{10,2500}$/);
      refused.add((error as Error).message.replace(/( must|['"[{\d]).*/, ''));
    }
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(1000);
  }
  expect(read).toBeGreaterThan(500);
  expect(refused.size).toBeGreaterThan(30);
});
