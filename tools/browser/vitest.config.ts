import { project } from '../../vitest.shared.js';

export default project('browser', { include: ['src/**/*.test.{js,ts}'], testTimeout: 600_000, hookTimeout: 60_000 });
