import { registerLoop } from '../run/registers.js';
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

/** What all bytes of the other operands are. */
const OTHER = 3;

/** A loop of nothing but an instruction: see {@link registerLoop}. */
export function limitOf(name: InstructionName): (turns: number) => number {
  const { code, adds }: Instruction = INSTRUCTIONS[name];
  return registerLoop({ codes: [code], ...(adds ? { adds } : {}), other: OTHER });
}
