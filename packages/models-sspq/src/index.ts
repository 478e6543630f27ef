export { plugin as default } from './plugin.js';
export {
  asl50,
  lSspq20,
  lSspq20wide,
  lSspq28wide,
  lSspq34,
  lSspq50,
  lSspqDigits,
  models,
  resIbShift50,
  resnet20,
  resnet50,
  sspq20,
  sspq20wide,
  sspq28wide,
  sspq34,
  sspq50,
  sspqDigits,
} from './models.js';
export type { ModelBuilder } from './builder.js';
export type { BuildContext } from './context.js';
export type { AslOptions, BasicResnetOptions, ResnetOptions, SspqOptions } from './options.js';
export { buildPlan } from './build.js';
export { aslPlan, type AslArchitecture } from './plan/asl.js';
export { basicResnetPlan, type BasicResnetArchitecture } from './plan/basic-resnet.js';
export { resnetPlan, type ResnetArchitecture } from './plan/resnet.js';
export { sspqPlan, type AfterShift, type Script, type SspqArchitecture } from './plan/sspq.js';
export type { KernelStart, Operation, Plan, PlanLayer, Shape, ShiftKind } from './plan/node.js';
export type { LayerQuantizers, Stem } from './plan/parts.js';
export { planSize } from './plan/size.js';
export { informationDensity } from '@lowbit/quant-core';
export { formatSize } from './format-size.js';
export { agrees, type Comparison, type ComparisonRow, type Figure } from './paper/comparison.js';
export { paperTables } from './paper/tables.js';
export { formatPaperTables } from './paper/format.js';
