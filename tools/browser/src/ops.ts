import { pickBackend, type BackendName } from '@lowbit/backends';
import type { Precision } from '@lowbit/plugin-api';
import { batchNormTraining, dorefaActivations, dorefaWeights } from '@lowbit/quant-core';
import { activeShift, type ShiftOptions } from '@lowbit/shift-ops';
import * as tf from '@tensorflow/tfjs-core';

/** A shift, its images, and the gradient of its output. */
export interface ShiftCase {
  readonly shape: readonly [number, number, number, number];
  readonly stride: number;
  /** [2, channels] */
  readonly shifts: readonly number[];
  readonly integerOffset: NonNullable<ShiftOptions['integerOffset']>;
  readonly images: readonly number[];
  readonly gradient: readonly number[];
}

/** The output of an activeShift, and its gradients by the images and by the shifts. */
export async function shift(backend: BackendName, given: ShiftCase): Promise<number[][]> {
  await pickBackend(backend);
  const { shape, stride, integerOffset, gradient } = given;
  const op = (x: tf.Tensor, shifts: tf.Tensor) =>
    activeShift(x as tf.Tensor4D, shifts as tf.Tensor2D, { stride, integerOffset });
  return read(() => {
    const images = tf.tensor([...given.images], [...shape]);
    const shifts = tf.tensor([...given.shifts], [2, shape[3]]);
    const out = op(images, shifts);
    const dy = tf.tensor([...gradient], out.shape);
    return [out, ...tf.grads(op)([images, shifts], dy)];
  });
}

/** What DoReFa's quantizer makes of some values, and the gradient where each output's is its place from 1. */
export async function quantize(
  backend: BackendName,
  role: 'activations' | 'weights',
  values: readonly number[],
  bits: Precision,
): Promise<number[][]> {
  await pickBackend(backend);
  const quantizer = role === 'weights' ? dorefaWeights({ bits }) : dorefaActivations({ bits });
  return read(() => {
    const x = tf.tensor1d([...values], 'float32');
    const dy = tf.range(1, values.length + 1, 1, 'float32');
    return [quantizer.quantize(x), tf.grad((v) => quantizer.quantize(v))(x, dy)];
  });
}

/** Batch normalization of rows by their own statistics, and its gradients. */
export async function batchNorm(backend: BackendName, rows: readonly number[], channels: number): Promise<number[][]> {
  await pickBackend(backend);
  const op = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
    batchNormTraining(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-3).y;
  return read(() => {
    const x = tf.tensor([...rows], [rows.length / channels, channels]);
    const [gamma, beta] = [tf.fill([channels], 1.5), tf.fill([channels], -0.5)];
    const dy = tf.tensor(rows.map(Math.sin), x.shape);
    return [op(x, gamma, beta), ...tf.grads(op)([x, gamma, beta], dy)];
  });
}

/** The values of tensors, which are disposed. */
async function read(make: () => tf.Tensor[]): Promise<number[][]> {
  const before = tf.memory().numTensors;
  const tensors = tf.tidy(make);
  const values: number[][] = [];
  for (const tensor of tensors) values.push([...(await tensor.data())]);
  tf.dispose(tensors);
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors were left behind`);
  return values;
}
