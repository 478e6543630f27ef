import { badFile } from '../files.js';

/**
 * Checks class labels that lie in a file at `offset`, `offset + stride`, ….
 *
 * @throws LowbitError ('data') the first label that is no class, with its byte's place
 */
export function checkLabels(
  labels: Uint8Array,
  classes: number,
  { path, offset, stride, dataset }: { path: string; offset: number; stride: number; dataset: string },
): void {
  const bad = labels.findIndex((label) => label >= classes);
  if (bad < 0) return;
  throw badFile(
    `label out of range 0 … ${classes - 1}`,
    `${path} at byte ${offset + bad * stride}`,
    labels[bad],
    dataset,
  );
}
