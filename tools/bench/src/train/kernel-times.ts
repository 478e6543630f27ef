import * as tf from '@tensorflow/tfjs-core';

/**
 * Adds up the time spent in each kernel of the current backend. True for backends whose kernels return when they are done (cpu,
 * wasm, tensorflow); of a GPU's it sees only the launches.
 */
export class KernelTimes {
  readonly #milliseconds = new Map<string, number>();
  #running = 0;

  constructor() {
    const backend = tf.getBackend();
    for (const config of tf.getKernelsForBackend(backend)) {
      tf.unregisterKernel(config.kernelName, backend);
      tf.registerKernel({
        ...config,
        kernelFunc: (params) => this.#timed(config.kernelName, () => config.kernelFunc(params)),
      });
    }
  }

  // a kernel that calls another is charged for both
  #timed<T>(name: string, run: () => T): T {
    if (this.#running++ > 0) {
      try {
        return run();
      } finally {
        this.#running--;
      }
    }
    const start = performance.now();
    try {
      return run();
    } finally {
      this.#running--;
      this.#milliseconds.set(name, (this.#milliseconds.get(name) ?? 0) + performance.now() - start);
    }
  }

  clear(): void {
    this.#milliseconds.clear();
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
