import { project } from '../../vitest.shared.js';

// what the tests start trains two networks side by side, which takes minutes where other work keeps the cores busy
export default project('quickstart', { testTimeout: 240_000 });
