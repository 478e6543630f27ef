/** Instructions of WebAssembly's SIMD, by their numbers, whose result is what the next ones work on. */
export interface Chained {
  /** One after the other, each of the chain's value and another. */
  readonly codes: readonly number[];
  /** Whether they take three operands, the chain's value last. */
  readonly adds?: boolean;
  /** What all bytes of the other operands are; below 64. */
  readonly other: number;
}

/** Chains that run beside each other: more than an instruction's latency times its ports. */
const CHAINS = 12;
const UNROLLED = 4;

/** Links of chains in a turn of the loop. */
export const TURN = CHAINS * UNROLLED;

const V128 = 0x7b;
const I32 = 0x7f;

/**
 * A function (turns: i32) → i32 that does nothing but some instructions, from registers to registers: the most of them that the
 * processor does in a second. Each goes on with what the one before it in its chain made, so that none can be left out.
 */
export function registerLoop({ codes, adds, other: value }: Chained): (turns: number) => number {
  const [turns, other] = [0, CHAINS + 1];
  const chains = Array.from({ length: CHAINS }, (_, k) => k + 1);
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const simd = (number: number) => [0xfd, ...leb(number)];
  const splat = (byte: number) => [0x41, byte, ...simd(0x0f)];
  const operands = (chain: number) =>
    adds ? [...get(other), ...get(other), ...get(chain)] : [...get(chain), ...get(other)];
  const next = (chain: number) => codes.flatMap((code) => [...operands(chain), ...simd(code), ...set(chain)]);
  const turn = Array.from({ length: UNROLLED }, () => chains.flatMap(next)).flat();
  const body = [
    ...[1, CHAINS + 1, V128], // locals
    ...[...splat(value), ...set(other)],
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
