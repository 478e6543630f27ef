import { library } from '../../tsup.shared.js';

// The embedded digits are a file of their own, loaded when they are asked for, also in CommonJS.
export default library({ splitting: true });
