import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { realData, temporaryFolder } from '../testing/folder.js';
import { idxFile, tinyMnist } from '../testing/formats.js';
import { fashionMnist, mnist } from './mnist.js';

const IMAGES = 'mnist/train-images-idx3-ubyte';
const LABELS = 'mnist/train-labels-idx1-ubyte';

describe('mnist', () => {
  it('reads plain and gzipped files alike', async () => {
    const files = tinyMnist();
    const gzipped = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]));
    const [plain, packed] = [await temporaryFolder(files), await temporaryFolder(gzipped)];
    for (const root of [plain, packed]) {
      const { splits, inputShape } = await mnist({}, { root });
      const { inputs, targets } = await splits.train.read([19, 0]);
      expect([splits.train.size, splits.test.size, inputShape]).toEqual([20, 10, [28, 28, 1]]);
      expect([inputs.data[0], inputs.data[784], inputs.shape]).toEqual([(19 * 784) % 251, 0, [2, 28, 28, 1]]);
      expect([...targets.data]).toEqual([9, 0]);
    }
  });

  const pixels = new Uint8Array(20 * 784);
  const labels = Array.from({ length: 20 }, () => 1);
  const damaged: [string, Record<string, Uint8Array>, string][] = [
    [
      'a truncated file',
      { [IMAGES]: tinyMnist()[IMAGES]!.subarray(0, 500) },
      'wrong size, not the 15696 bytes of [20, 28, 28]',
    ],
    ['a file that is too long', { [IMAGES]: Buffer.concat([tinyMnist()[IMAGES]!, Buffer.alloc(1)]) }, 'received 15697'],
    ['an empty file', { [IMAGES]: new Uint8Array() }, 'file shorter than its header of 16 bytes'],
    ['a wrong magic number', { [IMAGES]: tinyMnist()[LABELS]! }, 'wrong magic number, not 0x00000803'],
    ['a truncated gzip', { [IMAGES]: gzipSync(pixels).subarray(0, 20) }, 'gzip data is truncated or corrupted'],
    [
      'a gzip bomb',
      { [IMAGES]: gzipSync(new Uint8Array(2 ** 26 + 1), { level: 1 }) },
      'it unpacks to more than 67108864 bytes',
    ],
    ['images of another size', { [IMAGES]: idxFile([20, 14, 56], pixels) }, 'images of another size than 28×28'],
    [
      'too few labels',
      { [LABELS]: idxFile([19], labels.slice(1)) },
      'another number of labels than the 20 images beside it',
    ],
    ['a label out of range', { [LABELS]: idxFile([20], [...labels.slice(1), 10]) }, 'label out of range 0 … 9'],
  ];
  it.each(damaged)('says what is wrong with %s', async (_what, files, message) => {
    const root = await temporaryFolder({ ...tinyMnist(), ...files });
    const failure = await mnist({}, { root }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'LowbitError', code: 'data' });
    expect((failure as Error).message).toContain(message);
    expect((failure as Error).message).toContain("; delete it and run 'lowbit data fetch mnist'");
    expect((failure as Error).message).toContain(Object.keys(files)[0]);
  });

  it('names the byte of a bad label', async () => {
    const root = await temporaryFolder({ ...tinyMnist(), [LABELS]: idxFile([20], [...labels.slice(1), 77]) });
    await expect(mnist({}, { root })).rejects.toThrow(`${LABELS} at byte 27, received 77`);
  });

  it('says how to get missing files', async () => {
    const root = await temporaryFolder();
    await expect(mnist({}, { root })).rejects.toMatchObject({ code: 'data' });
    await expect(mnist({}, { root })).rejects.toThrow(
      `data file missing, in ${root}/${IMAGES}; run 'lowbit data fetch mnist', or set LOWBIT_DATA to the folder that holds mnist`,
    );
  });

  it('reports a file that cannot be read', async () => {
    const root = await temporaryFolder({ [`${IMAGES}/a-folder-in-its-place`]: new Uint8Array() });
    await expect(mnist({}, { root })).rejects.toMatchObject({ code: 'io', parts: { received: 'EISDIR' } });
  });

  it('reads the real one', async ({ skip }) => {
    const { splits } = await mnist({}, { root: await realData('mnist', skip) });
    expect([splits.train.size, splits.test.size]).toEqual([60_000, 10_000]);
    expect(Array.from(splits.train.labels).slice(0, 10)).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect(Array.from(splits.test.labels).slice(0, 10)).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  });
});

describe('fashionMnist', () => {
  it('reads its own folder', async () => {
    const dataset = await fashionMnist({}, { root: await temporaryFolder(tinyMnist('fashion-mnist')) });
    expect([dataset.name, dataset.splits.train.size, dataset.classes[9]]).toEqual(['fashion-mnist', 20, 'Ankle boot']);
  });

  it('reads the real one', async ({ skip }) => {
    const { splits } = await fashionMnist({}, { root: await realData('fashion-mnist', skip) });
    expect([splits.train.size, splits.test.size]).toEqual([60_000, 10_000]);
    expect(Array.from(splits.train.labels).slice(0, 5)).toEqual([9, 0, 0, 3, 0]);
  });
});
