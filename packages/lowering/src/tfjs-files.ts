import type { ExportContext } from '@lowbit/plugin-api';
import { version_core } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

const WEIGHTS = 'weights.bin';

/**
 * A model as `model.save` writes it: `model.json` and the weights that it names, which come first. How its inputs are to be prepared stands in
 * `userDefinedMetadata.lowbit`, which `lowbit eval` goes by.
 */
export function tfjsFiles(model: LayersModel, context: ExportContext): Record<string, Uint8Array> {
  const weights = model.weights.map((weight) => ({ name: weight.originalName, tensor: weight.read() }));
  const parts = weights.map(({ tensor }) => tensor.dataSync<'float32'>());
  const data = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  const specs = weights.map(({ name, tensor: { shape, dtype } }) => ({ name, shape, dtype }));
  const json = {
    format: 'layers-model',
    generatedBy: `TensorFlow.js tfjs-core v${version_core}`,
    convertedBy: null,
    modelTopology: model.toJSON(null, false) as object,
    weightsManifest: [{ paths: [WEIGHTS], weights: specs }],
    userDefinedMetadata: { lowbit: record(model, context) },
  };
  return { [WEIGHTS]: new Uint8Array(data.buffer), 'model.json': new TextEncoder().encode(JSON.stringify(json)) };
}

function record(model: LayersModel, { normalization, labels, metadata }: ExportContext): object {
  const data = metadata?.['data'];
  const task = labels && { inputShape: model.inputs[0]!.shape.slice(1), classes: labels, normalization };
  return { ...(data !== undefined && { data: JSON.parse(data) as unknown }), ...(task && { task }) };
}
