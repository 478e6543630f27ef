import { nodeHost } from './node.js';
import { adapterFinding, probe } from './probe.js';
import type { BackendName, Finding } from './types.js';

/**
 * Whether a backend can be used here, without loading it into this process. In Node `wasm` and `cpu` count as usable, since
 * this package depends on them; the others are probed.
 */
export async function examine(name: BackendName): Promise<Finding> {
  if (name === 'cpu') return { ok: true, why: 'plain JavaScript, which is slow but runs everywhere' };
  if (name === 'wasm') {
    if (typeof WebAssembly === 'undefined') return { ok: false, why: 'there is no WebAssembly here' };
    return { ok: true, why: 'WebAssembly with the kernels of @lowbit/wasm-kernels' };
  }
  if (nodeHost()) return probe(name);
  return name === 'webgpu' ? examineBrowserGpu() : { ok: false, why: 'it runs in Node alone' };
}

/** The part of WebGPU's adapter that is read. */
interface Adapter {
  readonly info?: {
    readonly description?: string;
    readonly vendor?: string;
    readonly architecture?: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly isFallbackAdapter?: boolean;
}

async function examineBrowserGpu(): Promise<Finding> {
  const { gpu } = globalThis.navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  if (!gpu) return { ok: false, why: 'this browser has no WebGPU' };
  const adapter = await gpu.requestAdapter();
  if (!adapter) return { ok: false, why: 'no GPU adapter answers' };
  const { description, vendor, architecture, isFallbackAdapter } = adapter.info ?? {};
  return adapterFinding(
    description || [vendor, architecture].filter(Boolean).join(' ') || 'an unnamed GPU',
    architecture ?? '',
    isFallbackAdapter ?? adapter.isFallbackAdapter,
  );
}

const HOW: Readonly<Record<BackendName, string>> = {
  'node-gpu':
    "npm install @tensorflow/tfjs-node-gpu on a machine with an NVIDIA GPU, CUDA and cuDNN (in Lowbit's repository: npm run native -- gpu), or use 'node'",
  node: "npm install @tensorflow/tfjs-node with its install script (npm rebuild @tensorflow/tfjs-node; in Lowbit's repository: npm run native), or use 'wasm'",
  webgpu:
    "npm install @tensorflow/tfjs-backend-webgpu webgpu on a machine with a GPU and its Vulkan, Metal or D3D12 driver, or use 'wasm'",
  wasm: "npm install @tensorflow/tfjs-backend-wasm; in a browser also serve its .wasm files and give their folder as wasmPath; or use 'cpu'",
  cpu: 'npm install @tensorflow/tfjs-backend-cpu',
};

/** What to do to have a backend: one line. */
export function howToGet(name: BackendName): string {
  return HOW[name];
}
