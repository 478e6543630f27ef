import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import {
  backend_util,
  Complex,
  getKernel,
  type BackendValues,
  type KernelFunc,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

type CpuInputs = Parameters<KernelFunc>[0]['inputs'];

/**
 * The kernel `kernelName` as TF.js's cpu backend runs it, for tensors of another backend: inputs are copied over, outputs are
 * copied back, and nothing stays behind. It uses only what every TF.js backend has, so it knows all dtypes.
 */
export function cpuKernel(kernelName: string): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const kernel = getKernel(kernelName, 'cpu');
    if (!kernel) throw new Error(`kernel '${kernelName}' is not registered for the cpu backend`);
    const home = backend as KernelBackend;
    const cpu = cpuBackend();
    const copies: TensorInfo[] = [];
    const copy = (tensor: TensorInfo) => {
      const there = toCpu(home, tensor, cpu);
      copies.push(there);
      return there;
    };
    let outputs: TensorInfo[] = [];
    try {
      const cpuInputs = mapInputs(inputs, copy);
      const result = kernel.kernelFunc({ inputs: cpuInputs, attrs, backend: cpu });
      outputs = Array.isArray(result) ? result : [result];
      const back = outputs.map((output) => fromCpu(cpu, output, home));
      return Array.isArray(result) ? back : back[0]!;
    } finally {
      for (const { dataId } of [...copies, ...outputs]) cpu.disposeData(dataId);
    }
  };
}

let shared: MathBackendCPU | undefined;

/** A cpu backend of our own: TF.js's engine does not know it, so its tensors count nowhere. */
function cpuBackend(): MathBackendCPU {
  // `firstUse` is private; unset, the first tensor would print TF.js's advice to install tfjs-node.
  return (shared ??= Object.assign(new MathBackendCPU(), { firstUse: false }));
}

/** Inputs are tensors, or lists of them where a kernel takes any number (AddN, Concat, Einsum). */
function mapInputs(inputs: CpuInputs, copy: (tensor: TensorInfo) => TensorInfo): CpuInputs {
  const map = (input: TensorInfo | TensorInfo[] | undefined) =>
    Array.isArray(input) ? input.map(copy) : input && copy(input);
  if (Array.isArray(inputs)) return inputs.map(copy) as unknown as CpuInputs;
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, map(input)])) as CpuInputs;
}

function toCpu(home: KernelBackend, { dataId, shape, dtype }: TensorInfo, cpu: MathBackendCPU): TensorInfo {
  const values = home.readSync(dataId);
  if (dtype !== 'complex64') return cpu.makeTensorInfo(shape, dtype, values);
  const parts = backend_util.splitRealAndImagArrays(values as Float32Array);
  const real = cpu.makeTensorInfo(shape, 'float32', parts.real);
  const imag = cpu.makeTensorInfo(shape, 'float32', parts.imag);
  const complex = getKernel(Complex, 'cpu').kernelFunc({ inputs: { real, imag }, backend: cpu }) as TensorInfo;
  for (const part of [real, imag]) cpu.disposeData(part.dataId);
  return complex;
}

function fromCpu(cpu: MathBackendCPU, { dataId, shape, dtype }: TensorInfo, home: KernelBackend): TensorInfo {
  const values: BackendValues = cpu.readSync(dataId);
  // TF.js's WASM backend cannot read back the dtype complex64, so the pairs are stored as what they are: float32.
  const stored =
    dtype === 'complex64' ? home.write(values, [...shape, 2], 'float32') : home.write(values, shape, dtype);
  return { dataId: stored, shape, dtype };
}
