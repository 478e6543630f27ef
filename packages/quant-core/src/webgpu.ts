import { canRunPrograms, runProgram } from '@lowbit/webgpu-host';
import * as tf from '@tensorflow/tfjs-core';
import { ClipQuantize, ClipQuantizeGrad, register } from './kernels.js';

// The clip and rounding of activations, for TF.js's WebGPU backend.

/**
 * Inputs x, attribute top. The GPU's own division is only nearly right; a code over `top` is corrected by its remainder, whose
 * parts are exact, to the float32 that the host would find.
 */
const CLIP_QUANTIZE = `
  fn compute(index : i32) -> f32 {
    let value = x[index];
    if (isnan(value)) { return value; }
    let clipped = select(0.0, min(value, 1.0), value > 0.0);
    if (uniforms.top == 0) { return clipped; }
    let top = f32(uniforms.top);
    let code = round(clipped * top);
    let quotient = code / top;
    let high = bitcast<f32>(bitcast<u32>(quotient) & 0xffff0000u);
    let remainder = (code - high * top) - (quotient - high) * top;
    return quotient + remainder / top;
  }
`;

/** Inputs dy, inside: what was clipped. */
const PASS_INSIDE = `
  fn compute(index : i32) -> f32 {
    return select(0.0, dy[index], inside[index] >= 0.0 && inside[index] <= 1.0 && !isnan(inside[index]));
  }
`;

register({
  kernelName: ClipQuantize,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { dataId, shape, dtype } = inputs.x as tf.TensorInfo;
    const x = { dataId, shape, dtype };
    const uniforms = attrs as unknown as { top: number };
    const program = { name: 'clip-quantize', inputs: { x }, shape, uniforms, code: CLIP_QUANTIZE };
    const y = runProgram(backend as tf.KernelBackend, program);
    // where the clip changed nothing is seen from x itself
    (backend as tf.KernelBackend).incRef(dataId);
    return [y, x];
  },
});

register({
  kernelName: ClipQuantizeGrad,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend }) => {
    const { dy, inside } = inputs as Record<'dy' | 'inside', tf.TensorInfo>;
    const program = { name: 'clip-quantize-gradient', inputs: { dy, inside }, shape: dy.shape, code: PASS_INSIDE };
    return runProgram(backend as tf.KernelBackend, program);
  },
});

/** Whether the kernels {@link ClipQuantize} and {@link ClipQuantizeGrad} run on the current backend, for this tensor, as programs. */
export function hasPrograms(x: tf.Tensor): boolean {
  return x.dtype === 'float32' && canRunPrograms(tf.backend());
}
