export { plugin as default } from './plugin.js';
export { lower } from './lower.js';
export { bakeModel } from './bake/bake-model.js';
export type { InputNormalization, LoweringOptions } from './options.js';
export { lowersItself, type LowersItself } from './lowers-itself.js';
export type { LayerScope } from './scope.js';
export type { Attributes, LoweredValue, Result, ScaledOp } from './draft.js';
export type { ExactEpilogue } from './epilogue.js';
