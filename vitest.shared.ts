import { defineConfig } from 'vitest/config';

/**
 * Tests run on TensorFlow where the environment says so (see vitest.backend.ts), but for those that start processes of their own and
 * those of several workers, which are for backends of one core.
 */
const onNode = process.env.LOWBIT_TEST_BACKEND === 'node';
const setupFiles = onNode ? [`${import.meta.dirname}/vitest.backend.ts`] : [];
const excluded = onNode ? ['src/**/{kill,readme,parallel/*}.test.ts'] : [];

/**
 * Tests read the packages' sources (condition @lowbit/source), so that they never need a build. Files share a process, which loads
 * TensorFlow.js once; those named `*.alone.test.ts`, which load modules anew or fill the memory, each have one of their own.
 */
export function projects(name: string, test: Record<string, unknown> = {}) {
  const conditions = ['@lowbit/source', 'node', 'import', 'module', 'default'];
  const shared = { include: ['src/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, setupFiles, ...test };
  const each = (own: Record<string, unknown>) => ({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { ...shared, ...own },
  });
  return [
    each({ name, isolate: false, exclude: ['src/**/*.alone.test.ts', ...excluded] }),
    each({ name: `${name} alone`, include: ['src/**/*.alone.test.ts'] }),
  ];
}

export function project(name: string, test: Record<string, unknown> = {}, maxWorkers?: number) {
  return defineConfig({
    test: { projects: projects(name, test), passWithNoTests: true, ...(maxWorkers && { maxWorkers }) },
  });
}
