import type { ErrorCode, ErrorParts } from '@lowbit/plugin-api';
import type { Batch } from '@lowbit/data';
import type { Simd } from '@lowbit/wasm-host';
import type { Experiment } from '../experiment/experiment.js';
import type { Task } from '../loop/events.js';
import type { MetricSums } from '../loop/metrics.js';
import type { PluginModule } from './plugin-modules.js';

/** What a worker is started with. */
export interface Assignment {
  /** Of the run's registry, in its order. */
  readonly plugins: readonly PluginModule[];
  readonly experiment: Experiment;
  readonly task: Task;
  readonly backend: string;
  readonly simd?: Simd;
}

/** Once all workers have built their models: where the replicas exchange. */
interface Connection {
  readonly type: 'connect';
  readonly rank: number;
  readonly size: number;
  readonly memory: SharedArrayBuffer;
}

/** A worker's share of a step. */
export interface ShareOfStep {
  readonly type: 'step';
  readonly stage: number;
  readonly share: Batch;
  /** The share's part of the batch. */
  readonly part: number;
  readonly seed: number;
}

/** A worker's batch of those that are evaluated at once. */
export interface BatchToEvaluate {
  readonly type: 'evaluate';
  readonly stage: number;
  readonly seed: number;
  /** There may be fewer batches than workers. */
  readonly batch?: Batch;
  /** Whether the weights are given first. */
  readonly weights: boolean;
}

export type Work = ShareOfStep | BatchToEvaluate;

export type ToWorker = Connection | Work;

/** What a worker says: its model stands, its work is done, or what it failed of. */
export type FromWorker =
  | { readonly type: 'built'; readonly layout: readonly string[] }
  | { readonly type: 'done'; readonly sums: MetricSums }
  | { readonly type: 'failed'; readonly failure: Failure };

/** An error on its way between threads. */
export interface Failure {
  readonly message: string;
  readonly stack?: string;
  /** Of a LowbitError. */
  readonly lowbit?: { readonly code: ErrorCode; readonly parts: ErrorParts };
}
