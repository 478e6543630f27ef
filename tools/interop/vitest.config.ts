import { project } from '../../vitest.shared.js';

export default project('interop', { testTimeout: 300_000, hookTimeout: 300_000 });
