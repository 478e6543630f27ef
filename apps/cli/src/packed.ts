import type { Experiment, Predict } from '@lowbit/training';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** A packed network, as `lowbit export` writes it: any file that is neither JSON, which is what TF.js saves, nor ONNX. */
export function isPackedFile(given: string): boolean {
  return existsSync(given) && statSync(given).isFile() && !/\.(json|onnx)$/.test(given);
}

/** A packed network that is ready to run. */
export interface PackedModel {
  readonly bytes: number;
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** The data that it was trained on, where it says so. */
  readonly data?: Experiment['data'];
  readonly predict: Predict;
  dispose(): void;
}

/** @throws LowbitError what the runtime finds wrong with the file */
export async function loadPacked(file: string): Promise<PackedModel> {
  const { load } = await import('@lowbit/runtime');
  const bytes = readFileSync(file);
  const model = await load(bytes);
  const [input] = model.inputs;
  const [output] = model.outputs;
  const { data } = model.metadata;
  const classes = output!.shape.at(-1) ?? 1;
  return {
    bytes: bytes.byteLength,
    inputShape: input!.shape,
    classes,
    ...(data !== undefined && { data: JSON.parse(data) as Experiment['data'] }),
    async predict({ shape, data: inputs }) {
      const given = await model.run({ [input!.name]: inputs });
      return { shape: [shape[0]!, ...output!.shape], data: given[output!.name]! };
    },
    dispose: () => model.dispose(),
  };
}
