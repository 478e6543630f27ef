import { LowbitError } from '@lowbit/plugin-api';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { NamedArrays } from '../loop/weights.js';
import { decodeWeights } from './checkpoint-file.js';
import { readIfThere } from './files.js';
import { RUN_FILES } from './run-folder.js';

/**
 * Reads weights that a model is to begin with, by 'layer/weight'.
 *
 * @param from a run folder, of which the last checkpoint is read, or a safetensors file: another checkpoint of a run
 * @throws LowbitError ('io') there are none; ('data') a damaged file, tensors that are not float32
 */
export async function readWeights(from: string): Promise<NamedArrays> {
  const there = await stat(from).catch(() => undefined);
  const file = there?.isDirectory() ? path.join(from, RUN_FILES.last, 'model.safetensors') : from;
  const bytes = await readIfThere(file);
  if (bytes) return decodeWeights(bytes, file);
  const hint = 'name a run folder that has a checkpoint, or a .safetensors file';
  throw new LowbitError('io', { what: 'there are no weights here', where: file, hint });
}
