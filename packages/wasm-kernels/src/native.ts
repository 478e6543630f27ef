import { type Host, fromBase64, useSimd, wasmModule } from '@lowbit/wasm-host';
import type { KernelBackend, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import plain from './generated/plain.js';
import relaxed from './generated/relaxed.js';

/** Geometry of a convolution as the module takes it: batch, height, width, channels, outHeight, outWidth, … */
type Numbers = number[];

/** What `assembly/index.ts` exports; addresses first, sizes after them, scratch memory last. */
interface KernelExports {
  conv2dFilterScratch(channels: number, filters: number): number;
  conv2dFilterGradient(x: number, dy: number, dw: number, ...geometryAndScratch: Numbers): void;
  conv2dInputGradient(dy: number, filter: number, dx: number, ...geometryAndScratch: Numbers): void;
  depthwise(x: number, filter: number, y: number, bias: number, ...geometry: Numbers): void;
  depthwiseFilterGradient(x: number, dy: number, dw: number, ...geometry: Numbers): void;
  depthwiseInputGradient(dy: number, filter: number, dx: number, ...geometry: Numbers): void;
  outerFilterGradient(x: number, dy: number, dw: number, ...geometry: Numbers): void;
  windowsScratch(channels: number, filters: number, taps: number): number;
  windows(x: number, filter: number, y: number, bias: number, ...geometryMirroredAndScratch: Numbers): void;
  winogradScratch(channels: number, filters: number): number;
  /** 1 where all of y is finite, else 0. */
  winograd(x: number, filter: number, y: number, bias: number, ...geometryMirroredAndScratch: Numbers): number;
  /** 1 where all of dW is finite, else 0. */
  winogradFilterGradient(x: number, dy: number, dw: number, ...geometryAndScratch: Numbers): number;
  pointwiseGradientsBlock(): number;
  pointwiseGradientsScratch(channels: number, filters: number): number;
  pointwiseGradientsStart(filter: number, dw: number, ...sizesAndScratch: Numbers): void;
  pointwiseGradientsRows(x: number, dx: number, dw: number, ...sizesAndScratch: Numbers): void;
  pointwiseScratch(columns: number): number;
  pointwise(
    a: number,
    b: number,
    c: number,
    m: number,
    k: number,
    n: number,
    transposeB: number,
    bias: number,
    height: number,
    width: number,
    stride: number,
    scatters: number,
    scratch: number,
  ): void;
  maxPoolGradient(x: number, dy: number, dx: number, ...geometry: Numbers): void;
  avgPoolGradient(dy: number, dx: number, ...geometry: Numbers): void;
  matMulScratch(columns: number): number;
  matMul(a: number, b: number, c: number, m: number, k: number, n: number, transposeB: number, scratch: number): void;
  batchNormFactors(
    mean: number,
    variance: number,
    scale: number,
    offset: number,
    channels: number,
    epsilon: number,
    factors: number,
    offsets: number,
  ): void;
  scaleShift(x: number, y: number, count: number, inner: number, factors: number, offsets: number): void;
  clip(x: number, y: number, size: number, low: number, high: number): void;
  reluGradient(dy: number, x: number, dx: number, size: number, most: number): void;
  squareGradient(dy: number, x: number, dx: number, size: number): void;
  batchNormGradient(
    dy: number,
    x: number,
    means: number,
    factors: number,
    dx: number,
    sums: number,
    products: number,
    ...sizesAndScratch: Numbers
  ): void;
  clipGradient(dy: number, x: number, dx: number, size: number, low: number, high: number): void;
  clear(address: number, bytes: number): void;
  segmentSum(x: number, ids: number, y: number, count: number, inner: number, segments: number): void;
  sumLast(x: number, y: number, outer: number, count: number, divisor: number): void;
  sumMiddle(x: number, y: number, outer: number, count: number, inner: number, divisor: number, scratch: number): void;
  transpose(x: number, y: number, outer: number, rows: number, columns: number, inner: number): void;
  repeatRows(x: number, y: number, count: number, bytes: number, times: number): void;
}

/** Our module on a backend's memory. */
export type KernelHost = Host<KernelExports>;

/** The host of our kernels for a WASM backend; the module is made at the first call. */
export const kernelHost: (backend: KernelBackend) => KernelHost = wasmModule<KernelExports>(() =>
  fromBase64(useSimd() === 'relaxed' ? relaxed : plain),
);

/** One run of a kernel: inputs, attributes and the backend. */
export type KernelCall = Parameters<KernelFunc>[0];

/** A kernel that our module runs. */
export interface NativeKernel {
  /** TF.js's name of the kernel. */
  kernelName: string;
  /** Whether this kernel takes the call; what it does not take goes to TF.js's own kernel. */
  takes(call: KernelCall): boolean;
  /** Runs it. The outputs are new tensors. */
  run(host: KernelHost, call: KernelCall): TensorInfo;
}
