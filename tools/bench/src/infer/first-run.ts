// Loads a packed net and runs it once, in a process that has done neither: first-run.ts FILE SIMD.
import { load, type Simd } from '@lowbit/runtime';
import { serve, timed } from '../run/serve.js';
import { randomImage } from './product-nets.js';

await serve(async () => {
  const [, , file, simd] = process.argv as [string, string, string, Simd];
  const step = () =>
    timed(async () => {
      const model = await load(file, { simd });
      await model.run(randomImage(model));
    });
  return { about: `${simd} SIMD`, versions: { node: process.versions.node }, requests: { step } };
});
process.exit(0);
