import * as tf from '@tensorflow/tfjs-core';

type Kernel = Parameters<tf.KernelFunc>[0];

/**
 * Adds up the time spent in each kernel of the current backend, and the bytes of what kernels read and write. The times are true for
 * backends whose kernels return when they are done (cpu, wasm, tensorflow); of a GPU's it sees only the launches.
 */
export class KernelTimes {
  readonly #milliseconds = new Map<string, number>();
  #bytes = 0;
  #running = 0;

  constructor() {
    const backend = tf.getBackend();
    for (const config of tf.getKernelsForBackend(backend)) {
      tf.unregisterKernel(config.kernelName, backend);
      tf.registerKernel({
        ...config,
        kernelFunc: (params) => this.#timed(config.kernelName, config.kernelFunc, params),
      });
    }
  }

  // a kernel that calls another is charged for both
  #timed(name: string, run: tf.KernelFunc, params: Kernel): ReturnType<tf.KernelFunc> {
    const start = performance.now();
    this.#running++;
    try {
      const outputs = run(params);
      if (this.#running === 1) this.#bytes += bytesMoved(Object.values(params.inputs), [outputs].flat());
      return outputs;
    } finally {
      this.#running--;
      if (this.#running === 0) {
        this.#milliseconds.set(name, (this.#milliseconds.get(name) ?? 0) + performance.now() - start);
      }
    }
  }

  /** Bytes of all inputs and outputs of the kernels so far: what they have to move at least. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Share of `total` milliseconds for each kernel, largest first, and what was spent outside of any. */
  shares(total: number): [name: string, share: number][] {
    const sorted = [...this.#milliseconds].sort((a, b) => b[1] - a[1]);
    const inside = sorted.reduce((sum, [, ms]) => sum + ms, 0);
    return [
      ...sorted.map(([name, ms]): [string, number] => [name, ms / total]),
      ['outside of kernels', 1 - inside / total],
    ];
  }
}

/** What a kernel reads and writes; one whose output is its input, as a reshape's is, moves nothing. */
function bytesMoved(inputs: readonly unknown[], outputs: readonly tf.TensorInfo[]): number {
  const read = inputs.flat().filter((each): each is tf.TensorInfo => Object(each).dataId !== undefined);
  const own = new Set(read.map(({ dataId }) => dataId));
  if (outputs.every(({ dataId }) => own.has(dataId))) return 0;
  return [...read, ...outputs].reduce((sum, info) => sum + bytesOf(info), 0);
}

function bytesOf({ shape, dtype }: tf.TensorInfo): number {
  return dtype === 'string' ? 0 : tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype);
}
