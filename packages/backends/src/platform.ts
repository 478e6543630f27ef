import { hasRelaxedSimd } from '@lowbit/wasm-host';
import { nodeHost } from './node.js';

/** The machine, as far as the choice of a backend depends on it. */
export interface Platform {
  /** "Node 20.20.2" or the browser's user agent. */
  readonly runtime: string;
  /** "linux x64"; in a browser what it says. */
  readonly system: string;
  /** The processor's name, where it is known. */
  readonly cpu?: string;
  /** Logical processors. */
  readonly cores: number;
  /** Bytes of main memory, where they are known. */
  readonly memory?: number;
  /** What WebAssembly can do here. */
  readonly wasm: { readonly simd: boolean; readonly relaxedSimd: boolean; readonly threads: boolean };
}

/** Facts about this machine. */
export function platform(): Platform {
  const wasm = {
    simd: accepts(SIMD),
    relaxedSimd: hasRelaxedSimd(),
    threads: accepts(THREADS) && typeof SharedArrayBuffer !== 'undefined',
  };
  const host = nodeHost();
  if (host) {
    const os = host.builtin('node:os');
    const cpus = os.cpus();
    const system = `${process.platform} ${process.arch}`;
    return {
      runtime: `Node ${process.versions.node}`,
      system,
      cpu: cpus[0]?.model.trim(),
      cores: cpus.length,
      memory: os.totalmem(),
      wasm,
    };
  }
  const { userAgent, platform, hardwareConcurrency, deviceMemory } = navigator as Navigator & { deviceMemory?: number };
  return {
    runtime: userAgent,
    system: platform,
    cores: hardwareConcurrency,
    memory: deviceMemory && deviceMemory * 2 ** 30,
    wasm,
  };
}

/** Whether a module is valid, which it is where the instructions in it are known. */
function accepts(module: readonly number[]): boolean {
  return typeof WebAssembly !== 'undefined' && WebAssembly.validate(Uint8Array.from(module));
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
/** One function of type () → v128. */
const V128 = [...HEADER, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00];
/** i32.const 0, i8x16.splat, i8x16.popcnt */
const SIMD = [...V128, 0x0a, 0x0a, 0x01, 0x08, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x62, 0x0b];
/** A shared memory of one page; i32.const 0, i32.atomic.load, drop */
const THREADS = [
  ...[...HEADER, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00],
  ...[0x05, 0x04, 0x01, 0x03, 0x01, 0x01, 0x0a, 0x0b, 0x01, 0x09, 0x00, 0x41, 0x00, 0xfe, 0x10, 0x02, 0x00, 0x1a, 0x0b],
];
