import { batches, type Normalization } from '@lowbit/data';
import type { Split } from '@lowbit/plugin-api';
import { withPrecision, type PrecisionPolicy } from '@lowbit/quant-core';
import { tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { count } from '@lowbit/display';
import type { PackedModel } from './packed.js';

/** A packed network beside the model that it was made of. */
export interface ExportCheck {
  readonly examples: number;
  /** Examples with the same class first. */
  readonly sameTop1: number;
  /** Scores that differ by more than {@link TOLERANCE}. */
  readonly differingScores: number;
  readonly largestDifference: number;
  /** Of one example at a time: medians. */
  readonly milliseconds: { readonly packed: number; readonly tfjs: number };
}

/** What rounding in another order makes of scores at most. */
const TOLERANCE = 1e-4;
const BATCH_SIZE = 128;
const TIMED = 50;
const WARM_UP = 5;

/** How the model is applied in evaluation. */
export interface Applied {
  readonly model: LayersModel;
  readonly precision: PrecisionPolicy;
  readonly normalization?: Normalization;
}

/** Runs both on all examples of a split; TensorFlow.js on the backend that is set. */
export async function checkExport(packed: PackedModel, applied: Applied, split: Split): Promise<ExportCheck> {
  const options = { batchSize: BATCH_SIZE, shuffle: false };
  const stored = batches(split, options)[Symbol.asyncIterator]();
  let [examples, sameTop1, differingScores, largestDifference] = [0, 0, 0, 0];
  for await (const { inputs } of batches(split, { ...options, normalize: applied.normalization })) {
    const [ours, theirs] = [await packed.predict((await stored.next()).value!.inputs), await scores(applied, inputs)];
    const classes = ours.shape[1]!;
    for (let start = 0; start < ours.data.length; start += classes) {
      const [a, b] = [ours.data, theirs].map((data) => data.subarray(start, start + classes)) as [
        Float32Array,
        Float32Array,
      ];
      const differences = Array.from(a, (score, i) => Math.abs(score - b[i]!));
      examples++;
      if (top1(a) === top1(b)) sameTop1++;
      differingScores += differences.filter((difference) => !(difference <= TOLERANCE)).length;
      largestDifference = Math.max(largestDifference, ...differences);
    }
  }
  return { examples, sameTop1, differingScores, largestDifference, milliseconds: await timed(packed, applied, split) };
}

type Inputs = Parameters<PackedModel['predict']>[0];

async function scores({ model, precision }: Applied, { shape, data }: Inputs): Promise<Float32Array> {
  const given = tidy(() => {
    const x = tensor(data, [...shape], 'float32');
    return withPrecision(precision, () => model.apply(x, { training: false }) as Tensor);
  });
  try {
    return await given.data<'float32'>();
  } finally {
    given.dispose();
  }
}

/** Both in turns, so that what else the machine does hits them alike. */
async function timed(packed: PackedModel, applied: Applied, split: Split): Promise<ExportCheck['milliseconds']> {
  const times = { packed: [] as number[], tfjs: [] as number[] };
  let seen = 0;
  for await (const { inputs } of batches(split, { batchSize: 1, shuffle: false })) {
    if (seen++ === WARM_UP + TIMED) break;
    const began = performance.now();
    await packed.predict(inputs);
    const between = performance.now();
    await scores(applied, inputs);
    if (seen <= WARM_UP) continue;
    times.packed.push(between - began);
    times.tfjs.push(performance.now() - between);
  }
  return { packed: median(times.packed), tfjs: median(times.tfjs) };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function top1(values: Float32Array): number {
  return values.indexOf(values.reduce((a, b) => Math.max(a, b)));
}

/** For people. */
export function checkText({
  examples,
  sameTop1,
  differingScores,
  largestDifference,
  milliseconds,
}: ExportCheck): string {
  const { packed, tfjs } = milliseconds;
  return [
    `${count(sameTop1)} of ${count(examples)} examples have the same class first as by TensorFlow.js`,
    `${count(differingScores)} scores differ by more than ${TOLERANCE}; the largest difference is ${largestDifference.toExponential(1)}`,
    `${packed.toFixed(3)} ms an example beside ${tfjs.toFixed(3)} ms, ${(tfjs / packed).toFixed(1)} times as fast`,
  ].join('\n');
}
