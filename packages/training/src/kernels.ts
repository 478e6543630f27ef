import { canHost, fromBase64, wasmModule } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import bytes from './generated/kernels.js';
import type { Program, Register } from './transforms/program.js';

// Kernels of this package for TF.js's WASM backend: see src/assembly. Where they cannot run, core ops do.

/** Runs a program: inputs by the number of their registers, attributes { program, outputs }; gives the registers `outputs`. */
const Elementwise = 'Elementwise';

interface Exports {
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

// unless another copy of this package was there first
if (tf.getKernel(Elementwise, 'wasm') == null) {
  tf.registerKernel({
    kernelName: Elementwise,
    backendName: 'wasm',
    kernelFunc: elementwise as unknown as tf.KernelFunc,
  });
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
