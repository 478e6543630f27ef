import { runProgram } from '@lowbit/webgpu-host';
import * as tf from '@tensorflow/tfjs-core';
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
import { BACKPROP_INPUT, BACKPROP_SHIFT, FORWARD } from './wgsl.js';

// Registers the three kernels for TF.js's WebGPU backend.

const ZEROS = 'fn compute(index : i32) -> f32 { return 0.0; }';

/** As numbered in wgsl.ts. */
const MODES: Readonly<Record<IntegerOffset, number>> = { reference: 0, central: 1, 'one-sided': 2 };

interface Call<Attributes> {
  readonly backend: tf.KernelBackend;
  readonly inputs: Record<'x' | 'dy' | 'shifts', tf.TensorInfo>;
  readonly attributes: Attributes;
}

function register<Attributes>(name: string, compute: (call: Call<Attributes>) => tf.TensorInfo): void {
  registerKernel({
    kernelName: name,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) =>
      compute({ inputs, backend, attributes: attrs } as unknown as Call<Attributes>),
  });
}

register<ActiveShiftAttributes>(ActiveShift, ({ backend, inputs: { x, shifts }, attributes: { stride } }) => {
  const shape = outputShape(x.shape as ImageShape, stride);
  const uniforms = sizes(x.shape as ImageShape, stride);
  return runProgram(backend, { name: 'active-shift', inputs: { x, shifts }, shape, uniforms, code: FORWARD });
});

register<ActiveShiftBackpropInputAttributes>(
  ActiveShiftBackpropInput,
  ({ backend, inputs: { dy, shifts }, attributes: { stride, inputShape } }) => {
    const program = { inputs: { dy, shifts }, shape: inputShape, uniforms: sizes(inputShape, stride) };
    return runProgram(backend, { name: 'active-shift-input', ...program, code: BACKPROP_INPUT });
  },
);

register<ActiveShiftBackpropShiftAttributes>(
  ActiveShiftBackpropShift,
  ({ backend, inputs: { dy, x, shifts }, attributes: { stride, integerOffset } }) => {
    const [batch, height, , channels] = outputShape(x.shape as ImageShape, stride);
    // TF.js's own kernel does not sum over an axis of size 0
    if (batch === 0) return runProgram(backend, { name: 'zeros', inputs: {}, shape: shifts.shape, code: ZEROS });
    const mode = MODES[integerOffset];
    const rows = runProgram(backend, {
      name: 'active-shift-shift',
      inputs: { dy, x, shifts },
      shape: [batch * height, 2, channels],
      uniforms: { ...sizes(x.shape as ImageShape, stride), mode },
      code: BACKPROP_SHIFT,
    });
    const sum = tf.getKernel(tf.Sum, 'webgpu').kernelFunc;
    const total = sum({ inputs: { x: rows }, attrs: { axis: [0], keepDims: false }, backend }) as tf.TensorInfo;
    backend.disposeData(rows.dataId);
    return total;
  },
);

function sizes(shape: ImageShape, stride: number) {
  const [, height, width, channels] = shape;
  const [, rows, columns] = outputShape(shape, stride);
  return { height, width, channels, rows, columns, stride };
}
