import { digits } from '@lowbit/data';
import { load, type Simd } from '@lowbit/runtime';

/** What a packed network gave. */
export interface PackedRun {
  /** SHA-256 of the bits of all scores, hexadecimal. */
  readonly scores: string;
  /** In [0, 1]. */
  readonly accuracy: number;
  readonly simd: Simd;
}

/** Runs a packed network of digits on the whole test split, in Node or in a page: the same code. */
export async function runPacked(bytes: readonly number[], simd: Simd): Promise<PackedRun> {
  const { test } = (await digits()).splits;
  const { inputs, targets } = await test.read([...Array(test.size).keys()]);
  const model = await load(Uint8Array.from(bytes), { simd });
  const [input, output] = [model.inputs[0]!, model.outputs[0]!];
  const scores = (await model.run({ [input.name]: Float32Array.from(inputs.data) }))[output.name]!;
  const classes = output.shape[0]!;
  const right = Array.from(targets.data).filter((label, i) => {
    const row = scores.subarray(classes * i, classes * (i + 1));
    return row.indexOf(row.reduce((a, b) => Math.max(a, b))) === label;
  }).length;
  model.dispose();
  const hash = await crypto.subtle.digest('SHA-256', scores as Float32Array<ArrayBuffer>);
  const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { scores: hex, accuracy: right / test.size, simd: model.simd };
}
