/**
 * What a module's vector instructions are: `plain` 128-bit SIMD, which gives the same bits on every machine, or `relaxed` SIMD
 * (multiply and add in one step, rounded once), which is faster and may differ in the last bit between machines.
 */
export type Simd = 'plain' | 'relaxed';

// (func (result v128) (f32x4.relaxed_madd (v128.const …) (v128.const …) (v128.const …))), by hand
const zero = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];
const body = [0, ...zero, ...zero, ...zero, 0xfd, 0x85, 0x02, 0x0b];
const probe = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[1, 5, 1, 0x60, 0, 1, 0x7b],
  ...[3, 2, 1, 0],
  ...[10, body.length + 2, 1, body.length, ...body],
]);

/** Whether this host runs relaxed SIMD: Node from version 22 on, and browsers of 2023 and later but for Safari. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(probe);
}

/** Shared by all copies of this package: a run whose kernels are of two flavours could not be told from its record. */
interface Choice {
  fixed?: Simd;
  /** What a module has been made in, after which nothing else can be fixed. */
  used?: Simd;
}

const key = Symbol.for('@lowbit/wasm-host/simd');

function choice(): Choice {
  return ((globalThis as { [key]?: Choice })[key] ??= {});
}

/**
 * The flavour that modules have: what {@link fixSimd} says, else the environment variable `LOWBIT_SIMD`, else `relaxed` where the
 * host has it.
 *
 * @throws Error when `LOWBIT_SIMD` is neither, or asks for what the host lacks
 */
export function simd(): Simd {
  const { fixed, used } = choice();
  if (used ?? fixed) return (used ?? fixed)!;
  const asked = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.[
    'LOWBIT_SIMD'
  ];
  return asked ? checked(asked, 'the environment variable LOWBIT_SIMD') : hasRelaxedSimd() ? 'relaxed' : 'plain';
}

/**
 * Fixes the flavour for this process or page, so that a run gives the same bits as an earlier one. Call it before the first kernel
 * runs.
 *
 * @throws Error when the host lacks it, or when a module has been made in the other flavour already
 */
export function fixSimd(flavour: Simd): void {
  const state = choice();
  const fixed = checked(flavour, 'fixSimd');
  if (state.used && state.used !== fixed) {
    throw new Error(
      `kernels of ${state.used} SIMD are in use already, and fixSimd('${fixed}') comes too late; call it first`,
    );
  }
  state.fixed = fixed;
}

/**
 * {@link simd}, and from now on nothing else. For a module of which there are two; one that is the same in both, because it
 * multiplies and adds in two steps, need not ask.
 */
export function useSimd(): Simd {
  return (choice().used = simd());
}

function checked(asked: string, where: string): Simd {
  if (asked !== 'plain' && asked !== 'relaxed') {
    throw new Error(`unknown kind of SIMD in ${where}, received '${asked}'; it is 'plain' or 'relaxed'`);
  }
  if (asked === 'relaxed' && !hasRelaxedSimd()) {
    throw new Error(`this host has no relaxed SIMD, asked for by ${where}; use 'plain', or Node 22 or later`);
  }
  return asked;
}
