import { LowbitError, parseOptions } from '@lowbit/plugin-api';
import { readSafetensors, writeSafetensors, type SafeTensor } from '@lowbit/safetensors';
import path from 'node:path';
import { z } from 'zod';
import type { Checkpoint, TrainState } from '../loop/state.js';
import type { NamedArrays } from '../loop/weights.js';
import { readIfThere, writeAtomically } from './files.js';

const FORMAT = 'lowbit-checkpoint-1';
/** Before the names of slots; no layer's name can start with it. */
const SLOT = '@slot/';

const count = z.int().nonnegative();
const metrics = z.record(z.string(), z.number());
const stateSchema = z.strictObject({
  step: count,
  epoch: count,
  stage: count,
  stageStep: count,
  stageEpoch: count,
  epochStep: count,
  rate: z.number().nullable(),
  heldRate: z.number().nullable(),
  sums: z.strictObject({ examples: count, loss: z.number(), top1: count.nullable(), top5: count.nullable() }),
  history: z.array(metrics),
  metrics,
  best: z.strictObject({ epoch: count, metrics }).nullable(),
});

/**
 * Puts a checkpoint into one safetensors file: the weights by `layer/weight`, the slots by `@slot/name/layer/weight`, the state
 * as JSON in the metadata. The same checkpoint gives the same bytes.
 */
export function encodeCheckpoint({ weights, slots, state }: Checkpoint): Uint8Array {
  const tensors: Record<string, SafeTensor> = {};
  for (const [name, array] of Object.entries(weights)) tensors[name] = safeTensor(array);
  for (const [name, array] of Object.entries(slots)) tensors[SLOT + name] = safeTensor(array);
  return writeSafetensors(tensors, { format: FORMAT, state: JSON.stringify(state) });
}

function safeTensor({ shape, data }: NamedArrays[string]): SafeTensor {
  return { dtype: 'F32', shape, data: data as Float32Array<ArrayBuffer> };
}

/** @throws LowbitError ('data') bytes that {@link encodeCheckpoint} did not write */
export function decodeCheckpoint(bytes: Uint8Array, where: string): Checkpoint {
  const { tensors, metadata } = readable(where, () => readSafetensors(bytes));
  if (metadata.format !== FORMAT) {
    const hint = 'it has weights but not the state of a training run';
    throw new LowbitError('data', { what: 'not a checkpoint', where, received: metadata.format, hint });
  }
  const json = readable(where, () => JSON.parse(metadata.state ?? 'null') as unknown);
  const state: TrainState = parseOptions(stateSchema, json, where, 'data');
  return { state, ...arraysOf(tensors, where) };
}

/** @throws LowbitError ('data') not a whole safetensors file, or tensors that are not float32 */
export function decodeWeights(bytes: Uint8Array, where: string): NamedArrays {
  return arraysOf(readable(where, () => readSafetensors(bytes)).tensors, where).weights;
}

function arraysOf(tensors: Readonly<Record<string, SafeTensor>>, where: string): Pick<Checkpoint, 'weights' | 'slots'> {
  const all = Object.entries(tensors).map(([name, { shape, data }]) => {
    if (data instanceof Float32Array) return [name, { shape, data }] as const;
    throw new LowbitError('data', { what: `tensor '${name}' is not float32`, where });
  });
  const weights: NamedArrays = Object.fromEntries(all.filter(([name]) => !name.startsWith(SLOT)));
  const slots: NamedArrays = Object.fromEntries(
    all.flatMap(([name, array]) => (name.startsWith(SLOT) ? [[name.slice(SLOT.length), array]] : [])),
  );
  return { weights, slots };
}

function readable<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const hint = "use the run's other checkpoint, or train again into another folder";
    throw new LowbitError(
      'data',
      { what: `not a whole checkpoint: ${(cause as Error).message}`, where, hint },
      { cause },
    );
  }
}

/**
 * Writes a checkpoint's folder: `model.safetensors`, which holds all of it and is replaced in one move, so that a kill at any
 * moment leaves the old or the new checkpoint; then `state.json`, a copy of its state for people and tools.
 */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  await writeAtomically(path.join(folder, 'model.safetensors'), encodeCheckpoint(checkpoint));
  await writeAtomically(path.join(folder, 'state.json'), `${JSON.stringify(checkpoint.state, null, 2)}\n`);
}

/** Reads a checkpoint's folder; undefined when there is no checkpoint in it. */
export async function readCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  const file = path.join(folder, 'model.safetensors');
  const bytes = await readIfThere(file);
  return bytes && decodeCheckpoint(bytes, file);
}
