import { API_VERSION, definePlugin, factory } from '@lowbit/plugin-api';
import { isMainThread } from 'node:worker_threads';
import { z } from 'zod';
import { softmaxCrossEntropy } from '../losses.js';
import { fill } from '@tensorflow/tfjs-core';

const options = z.strictObject({ how: z.enum(['throw', 'uncaught', 'exit', 'memory']), at: z.int() });

/** A loss that fails in other threads than the main one, at its call number `at`. */
function faulty({ how, at }: z.infer<typeof options>): ReturnType<typeof softmaxCrossEntropy> {
  const loss = softmaxCrossEntropy();
  let calls = 0;
  const fail = (): never => {
    if (how === 'exit') process.exit(3);
    throw new Error('out of order');
  };
  return (outputs, targets) => {
    if (!isMainThread && calls++ === at) {
      // 4 GiB
      if (how === 'memory') fill([2 ** 30], 1);
      else if (how === 'uncaught') setTimeout(fail);
      else fail();
    }
    return loss(outputs, targets);
  };
}

export default definePlugin({
  name: 'test-faulty',
  apiVersion: API_VERSION,
  losses: { faulty: factory(options, faulty) },
});
