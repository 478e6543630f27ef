import './wasm.js';
import './webgpu.js';

export { activeShift, sparseShift } from './active-shift.js';
export { groupedOffsets, groupedShift } from './grouped-shift.js';
export { ActiveShift2D, activeShift2d } from './layers/active-shift-2d.js';
export { GroupedShift2D, groupedShift2d, type GroupedShiftArgs } from './layers/grouped-shift-2d.js';
export type { LearnedShiftArgs } from './layers/learned-shift-layer.js';
export { SparseShift2D, sparseShift2d } from './layers/sparse-shift-2d.js';
export {
  ActiveShift,
  ActiveShiftBackpropInput,
  ActiveShiftBackpropShift,
  type ActiveShiftAttributes,
  type ActiveShiftBackpropInputAttributes,
  type ActiveShiftBackpropShiftAttributes,
} from './kernels.js';
export type { ImageShape } from './implementation.js';
export type { GroupedShiftOptions, IntegerOffset, ShiftGradient, ShiftOptions, StrideOptions } from './options.js';
export { default } from './plugin.js';
export type { LayerShape } from './layers/shared.js';
