import { defineConfig } from 'vitest/config';

/** Tests run on another backend where the environment says so: see vitest.backend.ts. */
const setupFiles = process.env.LOWBIT_TEST_BACKEND === 'node' ? [`${import.meta.dirname}/vitest.backend.ts`] : [];

/** Tests read the packages' sources (condition @lowbit/source), so that they never need a build. */
export function project(name: string, test: Record<string, unknown> = {}) {
  const conditions = ['@lowbit/source', 'node', 'import', 'module', 'default'];
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { name, include: ['src/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, setupFiles, ...test },
  });
}
