import { library } from '../../tsup.shared.js';

// ESM alone: what it stands on, vitest, is nothing else
export default library({ format: ['esm'] });
