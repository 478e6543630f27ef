import { project } from '../../vitest.shared.js';

/** How the tests of a generated plugin run against this repository's sources; a plugin by itself needs no config. */
export default project('generated');
