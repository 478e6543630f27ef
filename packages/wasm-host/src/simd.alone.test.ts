import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, it, vi } from 'vitest';

const key = Symbol.for('@lowbit/wasm-host/simd');

/** A copy of the module that has made no choice yet. */
async function fresh() {
  vi.resetModules();
  return await import('./simd.js');
}

/** What a new process says, with relaxed SIMD or without. */
function inProcess(flag: '--experimental-wasm-relaxed-simd' | undefined, code: string, env: NodeJS.ProcessEnv = {}) {
  const url = new URL('./simd.ts', import.meta.url).href;
  const args = [...(flag ? [flag] : []), '--import', 'tsx', '--input-type=module', '-e'];
  const program = `import * as simd from '${url}'; ${code}`;
  return execFileSync(process.execPath, [...args, program], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  }).trim();
}

beforeEach(() => {
  Reflect.deleteProperty(globalThis, key);
  vi.unstubAllEnvs();
});

describe('simd', () => {
  it('is relaxed where the host has it', async () => {
    const { hasRelaxedSimd, simd } = await fresh();
    expect(simd()).toBe(hasRelaxedSimd() ? 'relaxed' : 'plain');
  });

  it.runIf(process.versions.node.startsWith('20.'))('is seen to be there and not to be there', () => {
    expect(inProcess(undefined, 'console.log(simd.hasRelaxedSimd(), simd.simd())')).toBe('false plain');
    expect(inProcess('--experimental-wasm-relaxed-simd', 'console.log(simd.hasRelaxedSimd(), simd.simd())')).toBe(
      'true relaxed',
    );
  });

  it('heeds LOWBIT_SIMD, and fixSimd more', async () => {
    vi.stubEnv('LOWBIT_SIMD', 'plain');
    const { fixSimd, simd } = await fresh();
    expect(simd()).toBe('plain');
    vi.stubEnv('LOWBIT_SIMD', 'fast');
    expect(() => simd()).toThrow(
      "unknown kind of SIMD in the environment variable LOWBIT_SIMD, received 'fast'; it is 'plain' or 'relaxed'",
    );
    fixSimd('plain');
    expect(simd()).toBe('plain');
  });

  it('stays what it was once kernels are made, for every copy', async () => {
    vi.stubEnv('LOWBIT_SIMD', 'plain');
    const { useSimd } = await fresh();
    expect(useSimd()).toBe('plain');
    vi.stubEnv('LOWBIT_SIMD', 'relaxed');
    const other = await fresh();
    expect(other.simd()).toBe('plain');
    other.fixSimd('plain');
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(true);
    expect(() => other.fixSimd('relaxed')).toThrow('kernels of plain SIMD are in use already');
    vi.restoreAllMocks();
  });

  it('is refused where the host lacks it', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    vi.stubEnv('LOWBIT_SIMD', 'relaxed');
    const { fixSimd, simd } = await fresh();
    expect(() => simd()).toThrow('this host has no relaxed SIMD, asked for by the environment variable LOWBIT_SIMD');
    expect(() => fixSimd('relaxed')).toThrow('this host has no relaxed SIMD, asked for by fixSimd');
    vi.restoreAllMocks();
  });
});
