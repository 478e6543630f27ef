import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** A model as a file would hold it, and a handler that `tf.loadLayersModel` reads it from. */
export async function savedModel(model: LayersModel): Promise<tf.io.IOHandler> {
  let file: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async ({ weightData, ...rest }) => {
      file = { ...(JSON.parse(JSON.stringify(rest)) as tf.io.ModelArtifacts), weightData };
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(file) };
    }),
  );
  return tf.io.fromMemory(file!);
}
