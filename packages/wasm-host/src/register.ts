import type * as tf from '@tensorflow/tfjs-core';

/** What of tfjs-core registering needs: of the copy that the package itself imports. */
export type Core = Pick<typeof tf, 'env' | 'Environment' | 'getKernel' | 'registerKernel'>;

/**
 * Throws when `core` is not the copy of tfjs-core that runs: TF.js's engine and registries are global, so of two copies the
 * later one sees the environment of the earlier.
 *
 * @param owner the package that imports `core`
 */
export function checkSingleCore(core: Pick<Core, 'env' | 'Environment'>, owner: string): void {
  if (core.env() instanceof core.Environment) return;
  throw new Error(
    `two copies of '@tensorflow/tfjs-core' are loaded, and ${owner} sees another one than the one that runs; ` +
      "keep one version of it (see 'npm ls @tensorflow/tfjs-core') and do not load it with both import and require",
  );
}

/** Marks registrations, also for another copy of a package: TF.js's registry is global. */
const mark = Symbol.for('@lowbit/wasm-host owner');

type Marked = tf.KernelConfig & { [mark]?: string };

/**
 * How a package registers kernels of its own, which nobody else has. Another copy of the package changes nothing.
 *
 * @param core the tfjs-core that the package imports
 * @param owner the package
 * @throws Error two copies of tfjs-core; later, another package's kernel of the same name
 */
export function kernelsOf(core: Core, owner: string): (config: tf.KernelConfig) => void {
  checkSingleCore(core, owner);
  return (config) => {
    const { kernelName, backendName } = config;
    const there = core.getKernel(kernelName, backendName) as Marked | undefined;
    if (!there) core.registerKernel({ ...config, [mark]: owner } as Marked);
    else if (there[mark] !== owner) {
      throw new Error(
        `kernel '${kernelName}' of backend '${backendName}' is registered already, by ${there[mark] ?? 'another package'}; ` +
          `do not load that beside ${owner}, or call tf.unregisterKernel('${kernelName}', '${backendName}') before`,
      );
    }
  };
}
