import { LowbitError } from '@lowbit/plugin-api';
import type { Experiment, Task } from '@lowbit/training';
import type { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** What a model that `lowbit quantize` wrote says of itself, in TF.js's place for such: `userDefinedMetadata.lowbit`. */
export interface ModelRecord {
  /** The data set that it was calibrated on, as a config names it. */
  readonly data?: Experiment['data'];
  readonly task?: Task;
  readonly plugins?: readonly string[];
}

/** A layers model as TF.js saves it. */
export interface SavedModel {
  readonly file: string;
  readonly record: ModelRecord;
  /** @throws LowbitError ('data') topology or weights that are damaged or not of one model; an unknown quantizer */
  load(): Promise<LayersModel>;
}

const WEIGHTS = 'weights.bin';

/** The file of a saved model that a path means: itself, or `model.json` in the folder; undefined where there is none. */
export function modelFile(given: string): string | undefined {
  const file = existsSync(given) && statSync(given).isDirectory() ? path.join(given, 'model.json') : given;
  return existsSync(file) && file.endsWith('.json') ? file : undefined;
}

/** @throws LowbitError ('data') what is no layers model, or weights that are missing */
export async function readSavedModel(file: string): Promise<SavedModel> {
  const json = parse(await readFile(file, 'utf8'), file);
  if (!json.modelTopology || !Array.isArray(json.weightsManifest) || json.format === 'graph-model') {
    throw damaged(file, 'not a layers model of TensorFlow.js', "save it by model.save('file://FOLDER')");
  }
  const specs = json.weightsManifest.flatMap(({ weights }) => weights);
  const parts = await Promise.all(
    json.weightsManifest.flatMap(({ paths }) => paths).map((name) => readPart(file, name)),
  );
  const weightData = new Uint8Array(Buffer.concat(parts)).buffer;
  const { modelTopology, userDefinedMetadata } = json;
  const record = (userDefinedMetadata?.['lowbit'] ?? {}) as ModelRecord;
  return {
    file,
    record,
    async load() {
      const [{ io }, { loadLayersModel }] = await Promise.all([
        import('@tensorflow/tfjs-core'),
        import('@tensorflow/tfjs-layers'),
      ]);
      try {
        return await loadLayersModel(
          io.fromMemory({ modelTopology, weightSpecs: specs, weightData, userDefinedMetadata }),
        );
      } catch (cause) {
        if (cause instanceof LowbitError) throw cause;
        const hint = 'its weights are those of another model, or of other quantizers: save both together';
        throw damaged(file, (cause as Error).message, hint, cause);
      }
    },
  };
}

/**
 * Writes `model.json` and `weights.bin`, the weights first, so that there is never a model without its weights.
 *
 * @throws LowbitError ('io') what the file system refused
 */
export async function writeSavedModel(dir: string, model: LayersModel, record: ModelRecord): Promise<void> {
  const [{ io }, { writeAtomically }] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('@lowbit/training'),
  ]);
  model.setUserDefinedMetadata({ lowbit: record });
  await model.save(
    io.withSaveHandler(async ({ weightData, weightSpecs = [], ...artifacts }) => {
      const bytes = io.CompositeArrayBuffer.join(weightData);
      await writeAtomically(path.join(dir, WEIGHTS), new Uint8Array(bytes));
      const weightsManifest = [{ paths: [WEIGHTS], weights: weightSpecs }];
      await writeAtomically(path.join(dir, 'model.json'), JSON.stringify({ ...artifacts, weightsManifest }));
      return {
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON', weightDataBytes: bytes.byteLength },
      };
    }),
  );
}

function parse(text: string, file: string): io.ModelJSON {
  try {
    return JSON.parse(text) as io.ModelJSON;
  } catch (cause) {
    throw damaged(file, `not JSON: ${(cause as Error).message}`, 'save the model again', cause);
  }
}

async function readPart(file: string, name: string): Promise<Buffer> {
  const folder = path.resolve(path.dirname(file));
  const part = path.resolve(folder, name);
  if (!part.startsWith(folder + path.sep)) throw damaged(file, `weights outside of the model's folder: ${name}`);
  try {
    return await readFile(part);
  } catch (cause) {
    throw damaged(
      file,
      `its weights cannot be read: ${(cause as Error).message}`,
      'put the file back beside it',
      cause,
    );
  }
}

function damaged(where: string, what: string, hint?: string, cause?: unknown): LowbitError {
  return new LowbitError('data', { what, where, hint }, { cause });
}
