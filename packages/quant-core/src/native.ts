import * as tf from '@tensorflow/tfjs-core';
import { ClipQuantize, ClipQuantizeGrad, register } from './kernels.js';

// Kernels of this package for TensorFlow itself (tfjs-node, tfjs-node-gpu), made of TensorFlow ops that TF.js does not use.

/** Batch normalization in training: inputs { x, gamma, beta }, attributes { epsilon }; see {@link NativeNorm}. */
export const NativeBatchNorm = 'NativeBatchNorm';
/** Its gradients: inputs { dy, x, gamma, mean, spread, workspace }, attributes { epsilon }; gives those of x, gamma and beta. */
export const NativeBatchNormGrad = 'NativeBatchNormGrad';

/** Outputs of {@link NativeBatchNorm}: the last three are for the gradient alone, and differ between CPU and GPU. */
export type NativeNorm = [y: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, ...reserved: tf.Tensor[]];

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string;
}

/** What of tfjs-node's backend is used. */
interface NativeBackend {
  readonly binding: Readonly<Record<string, number>>;
  executeSingleOutput(op: string, attributes: readonly Attribute[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    op: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
  incRef(dataId: object): void;
}

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
type Attributes = Readonly<Record<string, number>>;

const kernels: Readonly<Record<string, (backend: NativeBackend, inputs: Inputs, attributes: Attributes) => unknown>> = {
  [ClipQuantize](backend, inputs, attributes) {
    const { dataId, shape, dtype } = inputs['x']!;
    const top = attributes['top']!;
    const y = tf.tidy(() => {
      const [low, high] = [tf.scalar(0), tf.scalar(top || 1)];
      if (top === 0)
        return backend.executeSingleOutput('ClipByValue', [float(backend, 'T')], [inputs['x']!, low, high]);
      // 0 · n is 0 for it, also of −0
      const scaled = backend.executeSingleOutput('MulNoNan', [float(backend, 'T')], [high, inputs['x']!]);
      // TensorFlow's op multiplies by 1 / n where the codes are divided by n: it rounds the codes alone, exactly
      const rounded = [scaled, low, high];
      return tf.div(backend.executeSingleOutput('QuantizeAndDequantizeV2', rounding(backend, top), rounded), high);
    });
    backend.incRef(dataId);
    return [y, { dataId, shape, dtype }];
  },
  [ClipQuantizeGrad](backend, { dy, inside }) {
    const { binding } = backend;
    // its gradient passes where 0 ≤ x ≤ 1, whatever the bits
    return backend.executeSingleOutput(
      'FakeQuantWithMinMaxArgsGradient',
      [
        { name: 'min', type: binding['TF_ATTR_FLOAT']!, value: 0 },
        { name: 'max', type: binding['TF_ATTR_FLOAT']!, value: 1 },
        { name: 'num_bits', type: binding['TF_ATTR_INT']!, value: 8 },
        { name: 'narrow_range', type: binding['TF_ATTR_BOOL']!, value: false },
      ],
      [dy!, inside!],
    );
  },
  [NativeBatchNorm](backend, inputs, attributes) {
    const { x, gamma, beta } = inputs;
    const exponential = { name: 'exponential_avg_factor', type: backend.binding['TF_ATTR_FLOAT']!, value: 1 };
    const attrs = [...normAttributes(backend, attributes), exponential];
    const none = tf.tensor1d([], 'float32');
    const [y, mean, unbiased, ...reserved] = backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      attrs,
      [x!, gamma!, beta!, none, none],
      6,
    );
    const count = tf.util.sizeFromShape(x!.shape) / gamma!.shape[0]!;
    const variance = tf.mul(unbiased!, count > 1 ? (count - 1) / count : 1);
    tf.dispose([none, unbiased!]);
    return [y, mean, variance, ...reserved];
  },
  [NativeBatchNormGrad](backend, inputs, attributes) {
    const { dy, x, gamma, mean, spread, workspace } = inputs;
    const [dx, dGamma, dBeta, ...rest] = backend.executeMultipleOutputs(
      'FusedBatchNormGradV3',
      normAttributes(backend, attributes),
      [dy!, x!, gamma!, mean!, spread!, workspace!],
      5,
    );
    tf.dispose(rest);
    return [dx, dGamma, dBeta];
  },
};

function float({ binding }: NativeBackend, name: string): Attribute {
  return { name, type: binding['TF_ATTR_TYPE']!, value: binding['TF_FLOAT']! };
}

/** Clips to [0, top] and rounds to whole numbers, ties to even. */
function rounding(backend: NativeBackend, top: number): Attribute[] {
  const { binding } = backend;
  const no = { type: binding['TF_ATTR_BOOL']!, value: false };
  return [
    float(backend, 'T'),
    { name: 'signed_input', ...no },
    { name: 'num_bits', type: binding['TF_ATTR_INT']!, value: Math.log2(top + 1) },
    { name: 'range_given', type: binding['TF_ATTR_BOOL']!, value: true },
    { name: 'round_mode', type: binding['TF_ATTR_STRING']!, value: 'HALF_TO_EVEN' },
    { name: 'narrow_range', ...no },
    { name: 'axis', type: binding['TF_ATTR_INT']!, value: -1 },
  ];
}

function normAttributes(backend: NativeBackend, attributes: Attributes): Attribute[] {
  const { binding } = backend;
  return [
    float(backend, 'T'),
    float(backend, 'U'),
    { name: 'epsilon', type: binding['TF_ATTR_FLOAT']!, value: attributes['epsilon']! },
    { name: 'data_format', type: binding['TF_ATTR_STRING']!, value: 'NHWC' },
    { name: 'is_training', type: binding['TF_ATTR_BOOL']!, value: true },
  ];
}

for (const [kernelName, compute] of Object.entries(kernels)) {
  register({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, backend, attrs }) =>
      compute(backend as NativeBackend, inputs as Inputs, attrs as unknown as Attributes) as tf.TensorInfo[],
  });
}

/** Whether these kernels run on the current backend, for this tensor. */
export function isNative(x: tf.Tensor): boolean {
  return x.dtype === 'float32' && x.size > 0 && tf.getBackend() === 'tensorflow';
}
