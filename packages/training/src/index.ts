export * from './browser.js';
export { default } from './browser.js';
export { trainRun, type TrainRunOptions } from './run/train-run.js';
export { runFolder, RUN_FILES, type RunFolderOptions, type RunRecord, type Summary } from './run/run-folder.js';
export {
  loadRun,
  readRun,
  readRunCheckpoint,
  type CheckpointName,
  type LoadedRun,
  type LoadRunOptions,
  type RecordedRun,
} from './run/load-run.js';
export { readWeights } from './run/read-weights.js';
export { writeAtomically } from './run/files.js';
export { decodeCheckpoint, encodeCheckpoint } from './run/checkpoint-file.js';
export type { LoggedEvent } from './run/event-log.js';
