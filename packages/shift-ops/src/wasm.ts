import { fromBase64, wasmModule, type Host } from '@lowbit/wasm-host';
import type * as tf from '@tensorflow/tfjs-core';
import bytes from './generated/shift.js';
import { outputShape, type ImageShape } from './implementation.js';
import {
  ActiveShift,
  ActiveShiftBackpropInput,
  ActiveShiftBackpropShift,
  registerKernel,
  type ActiveShiftAttributes,
  type ActiveShiftBackpropInputAttributes,
  type ActiveShiftBackpropShiftAttributes,
} from './kernels.js';
import type { IntegerOffset } from './options.js';

// Registers the three kernels for TF.js's WASM backend: see src/assembly.

type Sizes = [batch: number, height: number, width: number, channels: number, stride: number];

interface Exports {
  scratchBytes(channels: number): number;
  shift(x: number, shifts: number, out: number, scratch: number, ...sizes: Sizes): void;
  shiftBackpropInput(dy: number, shifts: number, dx: number, scratch: number, ...sizes: Sizes): void;
  shiftBackpropShift(
    dy: number,
    x: number,
    shifts: number,
    out: number,
    scratch: number,
    ...sizesAndMode: [...Sizes, mode: number]
  ): void;
}

/** As numbered in assembly/correlate.ts. */
const MODES: Readonly<Record<IntegerOffset, number>> = { reference: 0, central: 1, 'one-sided': 2 };

const hostOf = wasmModule<Exports>(() => fromBase64(bytes));

interface Call<Attributes> {
  readonly host: Host<Exports>;
  readonly inputs: Record<'x' | 'dy' | 'shifts', tf.TensorInfo>;
  readonly attributes: Attributes;
}

/** Registers a kernel; `scratch` is memory of the size that each of the module's functions needs. */
function register<Attributes>(name: string, compute: (call: Call<Attributes>, scratch: number) => tf.TensorInfo): void {
  registerKernel({
    kernelName: name,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const call = {
        host: hostOf(backend as tf.KernelBackend),
        inputs,
        attributes: attrs,
      } as unknown as Call<Attributes>;
      const channels = call.inputs.shifts.shape[1]!;
      return call.host.scratch(call.host.exports.scratchBytes(channels), (scratch) => compute(call, scratch));
    },
  });
}

register<ActiveShiftAttributes>(ActiveShift, ({ host, inputs: { x, shifts }, attributes: { stride } }, scratch) => {
  const shape = x.shape as ImageShape;
  const out = host.output(outputShape(shape, stride));
  host.exports.shift(host.address(x), host.address(shifts), host.address(out), scratch, ...shape, stride);
  return out;
});

register<ActiveShiftBackpropInputAttributes>(
  ActiveShiftBackpropInput,
  ({ host, inputs: { dy, shifts }, attributes: { stride, inputShape } }, scratch) => {
    const dx = host.output(inputShape);
    host.exports.shiftBackpropInput(
      host.address(dy),
      host.address(shifts),
      host.address(dx),
      scratch,
      ...inputShape,
      stride,
    );
    return dx;
  },
);

register<ActiveShiftBackpropShiftAttributes>(
  ActiveShiftBackpropShift,
  ({ host, inputs: { dy, x, shifts }, attributes: { stride, integerOffset } }, scratch) => {
    const shape = x.shape as ImageShape;
    const out = host.output(shifts.shape);
    const [from, read, offsets, to] = [dy, x, shifts, out].map(host.address) as [number, number, number, number];
    host.exports.shiftBackpropShift(from, read, offsets, to, scratch, ...shape, stride, MODES[integerOffset]);
    return out;
  },
);
