export { checkQuantizer, describeQuantizer, quantizerRules } from './quantizers/quantizer.js';
export type { GradientPoint, QuantizerOptions, State, Surrogate } from './quantizers/options.js';
export type { QuantizerSubject } from './quantizers/subject.js';
export {
  checkSchedule,
  describeSchedule,
  scheduleRules,
  type ScheduleOptions,
  type ScheduleSubject,
} from './others/schedule.js';
export {
  checkDataset,
  describeDataset,
  datasetRules,
  type DatasetOptions,
  type DatasetSubject,
} from './others/dataset.js';
export { checkModel, describeModel, modelRules, type ModelOptions, type ModelSubject } from './others/model.js';
export { checkLoss, describeLoss, lossRules, type LossOptions, type LossSubject } from './others/loss.js';
export {
  checkGradientTransform,
  checkWeightTransform,
  describeGradientTransform,
  describeWeightTransform,
  transformRules,
  type Apply,
  type TransformOptions,
  type TransformSubject,
} from './others/transforms.js';
export type { FactoryOptions, Made } from './others/made.js';
export { RuleViolation, type Rule } from './rule.js';
