// What the machine lets WebAssembly do, as a side: side.ts SIMD. 'multiply' multiplies and adds floats from registers to registers;
// 'move' reads and writes more of them than any cache holds.
import '@lowbit/wasm-kernels';
import * as tf from '@tensorflow/tfjs-core';
import type { Simd } from '@lowbit/wasm-kernels';
import { pickBackend } from '@lowbit/backends';
import { registerLoop, TURN, type Chained } from '../run/registers.js';
import { serve, timed } from '../run/serve.js';
import type { Sample } from '../run/side.js';
import { MOVED_FLOATS, MULTIPLIED } from './work.js';

/** Bytes that make a float of about 0.75, with which no chain comes near 0. */
const OTHER = 0x3f;

/** What a multiply-add of four floats is made of. */
const MULTIPLY_ADD: Readonly<Record<Simd, Chained>> = {
  plain: { codes: [0xe6, 0xe4], other: OTHER }, // f32x4.mul, f32x4.add
  relaxed: { codes: [0x105], adds: true, other: OTHER }, // f32x4.relaxed_madd
};

await serve(async () => {
  const simd = process.argv[2] as Simd;
  await pickBackend('wasm');
  const loop = registerLoop(MULTIPLY_ADD[simd]);
  const x = tf.fill([MOVED_FLOATS], 0.5);
  const multiply = () => timed(() => loop(Math.round(MULTIPLIED / TURN)));
  const move = async (): Promise<Sample> => {
    let y: tf.Tensor | undefined;
    const sample = await timed(() => (y = tf.clipByValue(x, 0, 1)));
    y?.dispose();
    return sample;
  };
  return { about: `${simd} SIMD`, versions: { node: process.versions.node }, requests: { multiply, move } };
});
process.exit(0);
