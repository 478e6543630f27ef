import { defineConfig } from 'vitest/config';

/** Tests read the packages' sources (condition @lowbit/source), so that they never need a build. */
export function project(name: string, test: Record<string, unknown> = {}) {
  const conditions = ['@lowbit/source', 'node', 'import', 'module', 'default'];
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { name, include: ['src/**/*.test.ts'], testTimeout: 60_000, ...test },
  });
}
