import { project } from '../../vitest.shared.js';

export default project('native', { include: ['src/**/*.test.js'] });
