import type { Pair } from './pointwise.js';

/** An instruction that the runtime's kernels multiply with. */
interface Instruction {
  /** Its number in the SIMD space of WebAssembly. */
  readonly code: number;
  /** Multiply-adds of codes that one of them does, by the bits of the pair. */
  readonly macs: Readonly<Partial<Record<Pair, number>>>;
  /** Whether the value that goes on is its third operand. */
  readonly adds?: boolean;
  readonly simd: 'plain' | 'relaxed';
}

/** Two codes lie in each 16 bits, which leaves room for few. */
const PACKED = { W2A2: 16, W2A4: 16, W4A4: 16 };

/** By the name that WebAssembly gives them. */
export const INSTRUCTIONS = {
  /** Looks up the sums of 4 activations for 16 filters. */
  'i8x16.swizzle': { code: 0x0e, macs: { W1A4: 64 }, simd: 'plain' },
  'i32x4.dot_i16x8_s': { code: 0xba, macs: { ...PACKED, W8A8: 8 }, simd: 'plain' },
  'i8x16.relaxed_swizzle': { code: 0x100, macs: { W1A4: 64 }, simd: 'relaxed' },
  'i16x8.relaxed_dot_i8x16_i7x16_s': { code: 0x112, macs: PACKED, simd: 'relaxed' },
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': {
    ...{ code: 0x113, macs: { ...PACKED, W8A8: 16 }, simd: 'relaxed', adds: true },
  },
} as const satisfies Record<string, Instruction>;

export type InstructionName = keyof typeof INSTRUCTIONS;

/** Chains of one instruction each that run beside each other: more than its latency times its ports. */
const CHAINS = 12;
const UNROLLED = 4;

/** Instructions in a turn of the loop. */
export const TURN = CHAINS * UNROLLED;

const V128 = 0x7b;
const I32 = 0x7f;

/**
 * A function (turns: i32) → i32 that does nothing but one instruction, from registers to registers: the most of them that the
 * processor does in a second. Each goes on with what the one before it in its chain made, so that none can be left out.
 */
export function limitOf(name: InstructionName): (turns: number) => number {
  const { code, adds }: Instruction = INSTRUCTIONS[name];
  const [turns, other] = [0, CHAINS + 1];
  const chains = Array.from({ length: CHAINS }, (_, k) => k + 1);
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const simd = (number: number) => [0xfd, ...leb(number)];
  const splat = (value: number) => [0x41, value, ...simd(0x0f)];
  const next = (chain: number) => [
    ...(adds ? [...get(other), ...get(other), ...get(chain)] : [...get(chain), ...get(other)]),
    ...simd(code),
    ...set(chain),
  ];
  const turn = Array.from({ length: UNROLLED }, () => chains.flatMap(next)).flat();
  const body = [
    ...[1, CHAINS + 1, V128], // locals
    ...[...splat(3), ...set(other)],
    ...chains.flatMap((chain) => [...splat(chain), ...set(chain)]),
    ...[0x03, 0x40, ...turn], // loop
    ...[...get(turns), 0x41, 1, 0x6b, 0x22, turns, 0x0d, 0, 0x0b], // turns − 1, on while it is not 0
    ...get(other),
    ...chains.flatMap((chain) => [...get(chain), ...simd(0x51)]), // xor of all
    ...[...simd(0x1b), 0, 0x0b], // a lane of it
  ];
  const module = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, 1, I32, 1, I32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]), // 'f'
    ...section(10, [1, ...sized(body)]),
  ]);
  return new WebAssembly.Instance(new WebAssembly.Module(module)).exports['f'] as (turns: number) => number;
}

const section = (id: number, content: readonly number[]) => [id, ...sized(content)];
const sized = (content: readonly number[]) => [...leb(content.length), ...content];

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}
