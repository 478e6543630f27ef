// Loads a packed net and runs it once, in a process that has done neither: first-run.ts FILE SIMD.
import { load, type Model, type Simd } from '@lowbit/runtime';
import { serve, timed } from '../run/serve.js';
import type { Sample } from '../run/side.js';
import { randomImage } from './product-nets.js';

await serve(async () => {
  const [, , file, simd] = process.argv as [string, string, string, Simd];
  const step = async (): Promise<Sample> => {
    let model: Model | undefined;
    const loading = await timed(async () => (model = await load(file, { simd })));
    const image = randomImage(model!);
    const running = await timed(() => model!.run(image));
    return { ms: loading.ms + running.ms, cpuMs: loading.cpuMs + running.cpuMs };
  };
  return { about: `${simd} SIMD`, versions: { node: process.versions.node }, requests: { step } };
});
process.exit(0);
