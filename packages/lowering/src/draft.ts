export { Draft, type Attributes, type DraftValue as LoweredValue, type Result, type ScaledOp } from '@lowbit/graph';
