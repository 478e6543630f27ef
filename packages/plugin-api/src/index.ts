export { LowbitError, type ErrorCode, type ErrorParts } from './error.js';
export { nearestNames, suggestNames } from './nearest.js';
export { factory, parseOptions, type Factory, type Schema } from './options.js';
export {
  API_VERSION,
  checkPlugin,
  definePlugin,
  EXTENSION_KINDS,
  type ExtensionFactory,
  type ExtensionKind,
  type Extensions,
  type Plugin,
} from './plugin.js';
export { createRegistry, Registry, splitSpec, type RegisteredPlugin, type Spec } from './registry.js';
export type {
  Calibrator,
  Encoded,
  Granularity,
  Precision,
  QuantizeContext,
  Quantizer,
  QuantizerStateSpec,
  Role,
  Window,
} from './quantizer.js';
export type { Dataset, DatasetContext, Examples, NdArray, Split } from './dataset.js';
export type {
  GradientTransform,
  Loss,
  Metrics,
  NamedTensors,
  NamedVariables,
  Progress,
  Schedule,
  Step,
  WeightTransform,
} from './training.js';
export type { DescribesStorage, ExportContext, Exporter, LayerKind, ModelContext, WeightStorage } from './model.js';
