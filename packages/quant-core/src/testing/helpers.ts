import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';

/** The values of a tensor, which is disposed. */
export function valuesOf(tensor: tf.Tensor): number[] {
  const values = [...tensor.dataSync()];
  tensor.dispose();
  return values;
}

export function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) =>
    expect(Math.abs(actual[i]! - value), `[${i}]: ${actual[i]} against ${value}`).toBeLessThanOrEqual(tolerance),
  );
}

/** Values as the bits of float32, so that −0 and 0 differ. */
export function bitsOf(values: Float32Array | Int32Array | Uint8Array): Uint32Array {
  return new Uint32Array(Float32Array.from(values).buffer);
}

/** What `model.save` would write. */
export async function savedModel(model: LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return artifacts!;
}
