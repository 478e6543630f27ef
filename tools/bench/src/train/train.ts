import { BACKENDS, type BackendName } from '@lowbit/backends';
import type { Options } from '../options.js';
import type { Found } from '../report.js';
import { measureAll } from '../run/measure.js';
import { SEED, startProduct } from './product.js';

/** Images per second of a training step (forward, both gradients, momentum) on every backend that is here. */
export async function benchTrain({ repetitions, only }: Options, log: (line: string) => void): Promise<Found> {
  const start = (backend: BackendName, batch: number) => () =>
    startProduct({ name: backend, backend, net: 'L20x4', batch });
  const fast = BACKENDS.filter((backend) => backend !== 'cpu');
  const groups = [
    {
      shape: 'L20x4 W1A4, batch 128',
      work: { amount: 128, unit: 'images' },
      sides: fast.map((backend) => start(backend, 128)),
      repetitions: { warm: 2, timed: repetitions },
      memory: true,
      profile: true,
    },
    {
      // plain JavaScript needs minutes for a step of 128 images
      shape: 'L20x4 W1A4, batch 4',
      work: { amount: 4, unit: 'images' },
      sides: [start('cpu', 4)],
      repetitions: { warm: 0, timed: 1 },
      memory: true,
      profile: true,
    },
  ];
  return { ...(await measureAll(groups, only, log)), seed: SEED };
}
