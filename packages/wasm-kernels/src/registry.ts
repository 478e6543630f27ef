import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { canHost, guardHeap, kernelsOf } from '@lowbit/wasm-host';
import { cpuKernel } from './cpu.js';
import { fallback } from './fallbacks.js';
import { fusedBatchNorm } from './kernels/batch-norm.js';
import { clipByValue } from './kernels/clip.js';
import { conv2d, fusedConv2d } from './kernels/conv2d-forward.js';
import { conv2dBackpropFilter, conv2dBackpropInput } from './kernels/conv2d.js';
import { depthwise, depthwiseBackpropFilter, depthwiseBackpropInput, fusedDepthwise } from './kernels/depthwise.js';
import { cast, identity } from './kernels/identity.js';
import { batchMatMul, fusedMatMul } from './kernels/mat-mul.js';
import { pointwiseForward, pointwiseGradients } from './kernels/by-rows.js';
import { avgPoolGrad, maxPoolGrad } from './kernels/pool.js';
import { reductions } from './kernels/reduce.js';
import { unsortedSegmentSum } from './kernels/segment-sum.js';
import { gradientKernels, registerGradients } from './kernels/gradients.js';
import { tile } from './kernels/tile.js';
import { transpose } from './kernels/transpose.js';
import { kernelHost, type KernelCall, type NativeKernel } from './native.js';
import { repairs } from './repairs.js';
import { refuses } from './refusals.js';

/** What was registered under one of TF.js's kernel names. */
export interface RegisteredKernel {
  /** TF.js's name of the kernel. */
  readonly kernelName: string;
  /**
   * What runs, in the order in which it is asked: `simd` is this package's own WASM kernel, `stock` TF.js's WASM kernel,
   * `cpu` the kernel of TF.js's cpu backend on copies of the tensors.
   */
  readonly runs: readonly ('simd' | 'stock' | 'cpu')[];
}

const nativeKernels: readonly NativeKernel[] = [
  conv2d,
  fusedConv2d,
  fusedMatMul,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  depthwise,
  fusedDepthwise,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  avgPoolGrad,
  batchMatMul,
  cast,
  clipByValue,
  fusedBatchNorm,
  identity,
  maxPoolGrad,
  ...reductions,
  tile,
  transpose,
  unsortedSegmentSum,
];

/** Marks our registrations, also for another copy of this package: TF.js's kernel registry is global. */
const mark = Symbol.for('@lowbit/wasm-kernels');

type Marked = tf.KernelConfig & { [mark]?: RegisteredKernel };

/**
 * Registers on TF.js's WASM backend every kernel that it lacks against the cpu backend, faster ones for gradients and
 * reductions, gradients of batch norm, ReLU, ReLU6, clips and squares in one pass, and the cpu backend's for calls that it refuses. The
 * import of this package does it already; another call, or another copy of the package, changes nothing.
 *
 * @returns what is registered, by kernel name
 * @throws Error when the page or process has loaded two copies of `@tensorflow/tfjs-core`
 */
export function registerWasmKernels(): readonly RegisteredKernel[] {
  const registerOwn = kernelsOf(tf, '@lowbit/wasm-kernels');
  const native = new Map(nativeKernels.map((kernel) => [kernel.kernelName, kernel]));
  for (const kernel of [pointwiseForward, pointwiseGradients, ...gradientKernels]) registerOwn(kernel);
  registerGradients();
  const names = tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
  return names.flatMap((name) => register(name, native.get(name)) ?? []).sort(byName);
}

const byName = (a: RegisteredKernel, b: RegisteredKernel) => (a.kernelName < b.kernelName ? -1 : 1);

function register(kernelName: string, native: NativeKernel | undefined): RegisteredKernel | undefined {
  const stock = tf.getKernel(kernelName, 'wasm') as Marked | undefined;
  if (stock?.[mark]) return stock[mark];
  const refused = refuses(kernelName);
  if (stock && !native && !refused) return undefined;
  const onCpu = fallback(kernelName, 'cpu', cpuKernel(kernelName));
  const onStock = stock && (native ? fallback(kernelName, 'stock', repaired(stock)) : repaired(stock));
  const other = !onStock ? onCpu : refused ? choose(refused, onCpu, onStock) : onStock;
  const kernelFunc = native ? choose((call) => runsNatively(native, call), runNatively(native), other) : other;
  const runs = [native && 'simd', stock && 'stock', (!stock || refused) && 'cpu'].filter((way) => !!way);
  const registered = { kernelName, runs } as RegisteredKernel;
  if (stock) tf.unregisterKernel(kernelName, 'wasm');
  const setupFunc = (backend: unknown) => {
    guardHeap(backend as tf.KernelBackend);
    // makes the stock kernel run
    stock?.setupFunc?.(backend as tf.KernelBackend);
  };
  const config: Marked = { ...stock, kernelName, backendName: 'wasm', kernelFunc, setupFunc, [mark]: registered };
  tf.registerKernel(config);
  return registered;
}

function repaired({ kernelName, kernelFunc }: tf.KernelConfig): tf.KernelFunc {
  const repair = repairs(kernelName);
  return repair ? (call) => kernelFunc(repair(call)) : kernelFunc;
}

function choose(decide: (call: KernelCall) => boolean, yes: tf.KernelFunc, no: tf.KernelFunc): tf.KernelFunc {
  return (call) => (decide(call) ? yes(call) : no(call));
}

function runsNatively(kernel: NativeKernel, call: KernelCall): boolean {
  return kernel.takes(call) && canHost(call.backend as tf.KernelBackend);
}

function runNatively(kernel: NativeKernel): tf.KernelFunc {
  return (call) => kernel.run(kernelHost(call.backend as tf.KernelBackend), call);
}
