import { defineConfig } from 'vitest/config';

// without the conditions of the packages' tests, under which Nx's own dependencies resolve to other builds
export default defineConfig({
  test: {
    name: 'generators',
    include: ['src/**/*.test.js'],
    testTimeout: 300_000,
    env: { NX_SKIP_FORMAT: 'true' }, // templates are compared as they are
  },
});
