import { load } from '@lowbit/runtime';

/** What a user's program does: the bits of the outputs, and the instructions that they came of. */
export async function classify(where, input, simd) {
  const model = await load(where, { simd });
  const [{ name }] = model.inputs;
  const outputs = await model.run({ [name]: Float32Array.from(input) });
  const bits = Array.from(new Uint32Array(outputs[model.outputs[0].name].buffer));
  const ran = model.simd;
  model.dispose();
  return { bits, simd: ran };
}
