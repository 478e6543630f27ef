import { gunzipSync } from 'fflate';
import { z } from 'zod';
import { datasetFactory } from '../dataset.js';
import { memorySplit } from '../splits/memory.js';
import { chooseSplits, splitOptions } from '../splits/subset.js';

const SHAPE = [8, 8, 1] as const;
const PIXELS = 64;

/**
 * Handwritten digits, 8×8×1 with values 0 … 16: 3,823 training examples by 30 writers and 1,797 test examples by 13
 * others. They are inside the package: nothing is read or fetched, in Node or in a browser.
 *
 * Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak, 1998; UCI, doi:10.24432/C50P49; CC BY 4.0).
 *
 * @throws LowbitError ('config') bad options
 */
export const digits = datasetFactory('digits', z.strictObject(splitOptions), async (options) => {
  const { PACKED, TRAIN_SIZE, TEST_SIZE } = await import('../generated/digits.js');
  const bytes = gunzipSync(Uint8Array.from(atob(PACKED), (character) => character.charCodeAt(0)));
  const labels = bytes.subarray((TRAIN_SIZE + TEST_SIZE) * PIXELS);
  const train = memorySplit(bytes.subarray(0, TRAIN_SIZE * PIXELS), SHAPE, labels.subarray(0, TRAIN_SIZE));
  const testBytes = bytes.subarray(TRAIN_SIZE * PIXELS, (TRAIN_SIZE + TEST_SIZE) * PIXELS);
  const test = memorySplit(testBytes, SHAPE, labels.subarray(TRAIN_SIZE));
  return {
    name: 'digits',
    inputShape: SHAPE,
    classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    inputMax: 16,
    splits: chooseSplits(train, test, options, "dataset 'digits'"),
  };
});
