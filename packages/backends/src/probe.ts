import { otherCore } from './cores.js';
import { nodeHost, resolved, type NodeHost } from './node.js';
import { PROBE_PROGRAM } from './probe-program.js';
import type { BackendName, Finding } from './types.js';

/** The package that registers each backend, and the name that it registers. */
export const PACKAGES: Readonly<Record<BackendName, { readonly package: string; readonly backend: string }>> = {
  'node-gpu': { package: '@tensorflow/tfjs-node-gpu', backend: 'tensorflow' },
  node: { package: '@tensorflow/tfjs-node', backend: 'tensorflow' },
  webgpu: { package: '@tensorflow/tfjs-backend-webgpu', backend: 'webgpu' },
  wasm: { package: '@tensorflow/tfjs-backend-wasm', backend: 'wasm' },
  cpu: { package: '@tensorflow/tfjs-backend-cpu', backend: 'cpu' },
};

interface Facts {
  readonly error?: string;
  readonly gpu?: boolean;
  readonly libtensorflow?: string;
  readonly adapter?: string;
  readonly architecture?: string;
  readonly fallback?: boolean;
}

/**
 * Sees in a process of its own whether a backend works on this machine, so that neither a crash nor a registered backend
 * reaches this process. Node only.
 *
 * @param from the file or URL that packages are looked up from
 * @param timeout milliseconds that the process may take
 */
export async function probe(name: BackendName, from: string = import.meta.url, timeout = 60_000): Promise<Finding> {
  const host = nodeHost(from);
  if (!host) return { ok: false, why: 'it can be probed in Node alone' };
  const missing = whatIsMissing(name, host);
  if (missing !== undefined) return { ok: false, why: missing };
  const facts = await ask(host, { from, ...PACKAGES[name] }, timeout);
  return judge(name, facts);
}

function whatIsMissing(name: BackendName, host: NodeHost): string | undefined {
  const needed = name === 'webgpu' ? [PACKAGES.webgpu.package, 'webgpu'] : [PACKAGES[name].package];
  const absent = needed.filter((each) => resolved(host, each) === undefined);
  if (absent.length > 0) return `${absent.join(' and ')} ${absent.length > 1 ? 'are' : 'is'} not installed`;
  const copy = otherCore(host, PACKAGES[name].package);
  if (copy !== undefined) return copy;
  if (PACKAGES[name].backend === 'tensorflow' && !hasAddon(host, PACKAGES[name].package))
    return 'its native addon (tfjs_binding.node) was not built';
  return undefined;
}

/** tfjs-node keeps its addon in lib/napi-vN, N being a version of Node-API. */
function hasAddon({ require, builtin }: NodeHost, name: string): boolean {
  const [fs, path] = [builtin('node:fs'), builtin('node:path')];
  const lib = path.join(path.dirname(require.resolve(`${name}/package.json`)), 'lib');
  return (
    fs.existsSync(lib) &&
    fs.readdirSync(lib).some((folder) => fs.existsSync(path.join(lib, folder, 'tfjs_binding.node')))
  );
}

function ask({ builtin }: NodeHost, task: object, timeout: number): Promise<Facts> {
  const options = { timeout, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } };
  return new Promise((resolve) => {
    builtin('node:child_process').execFile(
      process.execPath,
      ['-e', PROBE_PROGRAM, JSON.stringify(task)],
      options,
      (error, stdout) => {
        if (error?.killed) resolve({ error: `it did not answer within ${timeout / 1000} s` });
        else if (error) resolve({ error: `it crashes (${error.signal ?? `exit code ${error.code}`})` });
        else resolve(lastLine(stdout));
      },
    );
  });
}

function lastLine(text: string): Facts {
  try {
    return JSON.parse(text.trimEnd().split('\n').at(-1)!) as Facts;
  } catch {
    return { error: 'it ends the process' };
  }
}

function judge(name: BackendName, facts: Facts): Finding {
  const { error, gpu, libtensorflow, adapter, architecture = '', fallback } = facts;
  if (error !== undefined) return { ok: false, why: error.split('\n')[0]!.trim() };
  if (name === 'webgpu') return adapterFinding(adapter || 'an unnamed GPU', architecture, fallback);
  if (name === 'node') return { ok: true, why: `libtensorflow ${libtensorflow}` };
  if (name === 'wasm') return { ok: true, why: 'WebAssembly with the kernels of @lowbit/wasm-kernels' };
  if (name === 'cpu') return { ok: true, why: 'plain JavaScript, which is slow but runs everywhere' };
  return gpu
    ? { ok: true, why: `libtensorflow ${libtensorflow} with a GPU` }
    : { ok: false, why: `libtensorflow ${libtensorflow} finds no GPU; it needs an NVIDIA driver, CUDA and cuDNN` };
}

/** What to think of a WebGPU adapter. */
export function adapterFinding(name: string, architecture: string, fallback = false): Finding {
  const software = fallback || /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(`${name} ${architecture}`);
  return {
    ok: true,
    why: software ? `WebGPU on ${name}, a CPU that stands in for a GPU` : `WebGPU on ${name}`,
    software,
  };
}
