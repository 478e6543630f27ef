import models from '@lowbit/models-sspq';
import { describeModel } from '@lowbit/plugin-kit';
import shiftOps from '@lowbit/shift-ops';
import { describe } from 'vitest';

const stem = { kernelSize: 3, strides: 1, normalized: true, pool: false };
const small = { widths: [8, 16], blocks: [1, 2], stem };
/** One of each builder; the others differ in widths and blocks. */
const tried: readonly (keyof typeof models.models)[] = [
  'l-sspq-digits',
  'l-sspq20',
  'sspq50',
  'asl50',
  'resibshift50',
  'resnet20',
  'resnet50',
];

describe.each(tried)('@lowbit/models-sspq: %s', (name) => {
  describeModel(models.models[name], { options: small, inputShape: [16, 16, 3], classes: 5, plugins: [shiftOps] });
});
