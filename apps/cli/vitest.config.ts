import { project } from '../../vitest.shared.js';

// most of the time goes to processes that the tests wait for
export default project('cli', {}, 2);
