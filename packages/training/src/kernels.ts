import { canHost, fromBase64, kernelsOf, wasmModule } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import bytes from './generated/kernels.js';
import type { Program, Register } from './transforms/program.js';

// Kernels of this package for TF.js's WASM backend: see src/assembly. Where they cannot run, core ops do.

/** Runs a program: inputs by the number of their registers, attributes { program, outputs }; gives the registers `outputs`. */
const Elementwise = 'Elementwise';
/**
 * Softmax cross-entropy: inputs { logits, targets }, attributes { hit, miss }, see assembly/cross-entropy.ts; gives the loss and its
 * gradient with respect to the logits.
 */
const SoftmaxCrossEntropy = 'SoftmaxCrossEntropy';

interface Exports {
  shiftRows(x: number, y: number, rows: number, classes: number): void;
  sumRows(x: number, sums: number, rows: number, classes: number): void;
  crossEntropy(
    shifted: number,
    logs: number,
    targets: number,
    loss: number,
    rows: number,
    classes: number,
    hit: number,
    miss: number,
  ): void;
  crossEntropyGradient(
    softmax: number,
    targets: number,
    rows: number,
    classes: number,
    hit: number,
    miss: number,
  ): void;
  elementwise(code: number, instructions: number, registers: number, count: number, size: number): void;
}

const hostOf = wasmModule<Exports>(() => fromBase64(bytes));

/** Bytes of a register that is no tensor: a block of assembly/elementwise.ts. */
const BLOCK = 1024;

interface Attributes {
  readonly program: Program;
  readonly outputs: readonly Register[];
}

type Call = { inputs: Record<string, tf.TensorInfo>; backend: unknown; attrs: unknown };

function elementwise({ inputs, backend, attrs }: Call): tf.TensorInfo[] {
  const { exports, memory, address, output, scratch } = hostOf(backend as tf.KernelBackend);
  const { program, outputs } = attrs as Attributes;
  const { registers, code } = program;
  const { shape } = Object.values(inputs)[0]!;
  const made = outputs.map(() => output(shape));
  const tensors = new Map(Object.entries(inputs).map(([index, tensor]) => [Number(index), tensor]));
  outputs.forEach(({ index }, i) => tensors.set(index, made[i]!));
  scratch(registers.length * (BLOCK + 8) + code.length * 4, (blocks) => {
    const table = blocks + registers.length * BLOCK;
    const words = registers.flatMap(({ index, constant }) => {
      const tensor = tensors.get(index);
      if (tensor) return [address(tensor), BLOCK];
      const block = blocks + index * BLOCK;
      if (constant !== undefined) new Float32Array(memory.buffer, block, BLOCK / 4).fill(constant);
      return [block, 0];
    });
    new Int32Array(memory.buffer, table, words.length + code.length).set([...words, ...code]);
    const size = tf.util.sizeFromShape(shape);
    exports.elementwise(table + words.length * 4, code.length / 4, table, registers.length, size);
  });
  return made;
}

function softmaxCrossEntropy({ inputs, backend, attrs }: Call): tf.TensorInfo[] {
  const { exports, address, output } = hostOf(backend as tf.KernelBackend);
  const { logits, targets } = inputs as Record<'logits' | 'targets', tf.TensorInfo>;
  const { hit, miss } = attrs as { hit: number; miss: number };
  const [rows, classes] = logits.shape as [number, number];
  const [loss, shifted, sums] = [output([]), output([rows, classes]), output([rows])];
  const stock = (kernelName: string, x: tf.TensorInfo): tf.TensorInfo =>
    tf
      .getKernel(kernelName, 'wasm')
      .kernelFunc({ inputs: { x }, backend: backend as tf.KernelBackend, attrs: {} }) as tf.TensorInfo;
  exports.shiftRows(address(logits), address(shifted), rows, classes);
  const powers = stock(tf.Exp, shifted);
  exports.sumRows(address(powers), address(sums), rows, classes);
  const logs = stock(tf.Log, sums);
  exports.crossEntropy(address(shifted), address(logs), address(targets), address(loss), rows, classes, hit, miss);
  const gradient = stock(tf.Exp, shifted);
  exports.crossEntropyGradient(address(gradient), address(targets), rows, classes, hit, miss);
  for (const { dataId } of [shifted, sums, powers, logs]) (backend as tf.KernelBackend).disposeData(dataId);
  return [loss, gradient];
}

const register = kernelsOf(tf, '@lowbit/training');
for (const [kernelName, kernelFunc] of Object.entries({
  [Elementwise]: elementwise,
  [SoftmaxCrossEntropy]: softmaxCrossEntropy,
})) {
  register({ kernelName, backendName: 'wasm', kernelFunc: kernelFunc as unknown as tf.KernelFunc });
}

/** Whether these kernels run on the current backend, for this tensor. */
export function hasKernels({ dtype }: tf.Tensor): boolean {
  return dtype === 'float32' && tf.getBackend() === 'wasm' && canHost(tf.backend());
}

/** Runs a program on float32 tensors of one shape, those in `inputs`; gives what is in `outputs`. For {@link hasKernels}. */
export function runProgram(
  program: Program,
  inputs: ReadonlyMap<Register, tf.Tensor>,
  outputs: readonly Register[],
): tf.Tensor[] {
  const byIndex = Object.fromEntries([...inputs].map(([{ index }, tensor]) => [index, tensor]));
  return tf.engine().runKernel<tf.Tensor[]>(Elementwise, byIndex, { program, outputs } as unknown as tf.NamedAttrMap);
}

/**
 * Softmax cross-entropy of logits float32 [n, classes] and targets int32 [n], n > 0, and its gradient with respect to the logits. For
 * {@link hasKernels}.
 */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor, hit: number, miss: number): [tf.Scalar, tf.Tensor] {
  return tf.engine().runKernel<[tf.Scalar, tf.Tensor]>(SoftmaxCrossEntropy, { logits, targets }, { hit, miss });
}
