// A packed net as a side, in a process of its own: net-side.ts FILE SIMD THREADS. 'step' runs it on one image.
import { load, type Simd } from '@lowbit/runtime';
import { serve } from '../run/serve.js';
import { randomImage } from './product-nets.js';
import { Repeated } from './repeat.js';

await serve(async () => {
  const [, , file, simd, threads] = process.argv as [string, string, string, Simd, string];
  const options = { simd, threads: Number(threads) };
  const model = await load(file, options);
  if (model.threads !== options.threads)
    throw new Error(`the runtime has ${model.threads} threads here, not ${threads}`);
  const inputs = randomImage(model);
  const net = new Repeated(async (times) => {
    for (let i = 0; i < times; i++) await model.run(inputs);
  });
  const { total } = model.memory;
  return {
    about: `${model.simd} SIMD, ${threads} thread${threads === '1' ? '' : 's'}, ${(total / 2 ** 20).toFixed(1)} MiB`,
    versions: { node: process.versions.node },
    requests: { step: () => net.step() },
  };
});
process.exit(0);
