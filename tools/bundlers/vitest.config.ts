import { project } from '../../vitest.shared.js';

export default project('bundlers', { testTimeout: 120_000, hookTimeout: 120_000 });
