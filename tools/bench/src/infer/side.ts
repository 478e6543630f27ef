// The runtime as a side, in a process of its own: side.ts SIMD. 'step SHAPE PAIR' computes one point-wise convolution.
import { load, type Model, type Simd } from '@lowbit/runtime';
import { TURN } from '../run/registers.js';
import { serve, timed } from '../run/serve.js';
import type { Sample } from '../run/side.js';
import { limitOf, type InstructionName } from './limits.js';
import { PAIRS, pointwiseGraph, SHAPES, TIMED, type Pair } from './pointwise.js';

/** Milliseconds that a repetition is to take at least. */
const ENOUGH = 60;

interface Prepared {
  readonly model: Model;
  readonly x: Float32Array;
  repetitions: number;
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

await serve(async () => {
  const simd = process.argv[2] as Simd;
  const prepared = new Map<string, Prepared>();
  const product = async (argument: string): Promise<Sample> => {
    const [index, pair] = argument.split(',') as [string, Pair];
    const shape = SHAPES[Number(index)]!;
    let ready = prepared.get(argument);
    if (!ready) {
      const model = await load(pointwiseGraph(shape, pair), { simd });
      const x = Float32Array.from(
        { length: shape[0] * shape[1] },
        (_, k) => (2 ** PAIRS[pair].bits * ((k * 2654435761) % 1009)) / 1009,
      );
      ready = { model, x, repetitions: 1 };
      prepared.set(argument, ready);
    }
    const time = async (clock: () => number) => {
      const { model, x, repetitions } = ready;
      return (await model.profile({ x }, { repetitions, clock })).find(({ name }) => name === TIMED)!.ms;
    };
    const ms = await time(() => performance.now());
    const cpuMs = await time(processorTime);
    ready.repetitions = Math.ceil(ENOUGH / ms);
    return { ms, cpuMs };
  };
  const limits = new Map<string, (turns: number) => number>();
  /** A billion of an instruction. */
  const instruction = async (argument: string): Promise<Sample> => {
    const name = argument as InstructionName;
    const limit = limits.get(name) ?? limitOf(name);
    limits.set(name, limit);
    return timed(() => limit(Math.round(1e9 / TURN)));
  };
  return {
    about: `codes to codes, ${(await load(pointwiseGraph(SHAPES[3], 'W1A4'), { simd })).simd} SIMD`,
    versions: { node: process.versions.node },
    requests: { product, instruction },
  };
});
process.exit(0);
