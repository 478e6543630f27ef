import { describe, expect, it } from 'vitest';
import { augmentSchema, createAugmentations, type AugmentationSpec } from './options.js';

describe('createAugmentations', () => {
  it('makes what a config lists, in its order', () => {
    const list: AugmentationSpec[] = [
      { augment: 'random-resized-crop', scale: [0.2, 1] },
      'pad-crop',
      { augment: 'pad-crop', pad: 2 },
      'flip',
    ];
    expect(createAugmentations(list).map(({ name }) => name)).toEqual([
      'random-resized-crop',
      'pad-crop',
      'pad-crop',
      'flip',
    ]);
    expect(augmentSchema.safeParse(list).success).toBe(true);
  });

  it.each<[AugmentationSpec, string]>([
    ['flipp', "unknown augmentation, in augment[0], received 'flipp'; did you mean 'flip'?"],
    [{ augment: 'pad-crop', padding: 4 }, "unknown key 'padding', in augment[0] ('pad-crop'), received 4"],
    [{ augment: 'pad-crop', pad: -1 }, "in augment[0] ('pad-crop') at pad, received -1"],
    [{ augment: 'flip', pad: 4 }, "unknown key 'pad', in augment[0] ('flip')"],
    [{ augment: 'random-resized-crop', scale: [0, 1] }, "in augment[0] ('random-resized-crop') at scale.0, received 0"],
    [{ augment: 'random-resized-crop', scale: [0.5, 1.5] }, 'at scale.1, received 1.5'],
    [{ augment: 'random-resized-crop', ratio: [2, 1] }, 'a range is [low, high]'],
  ])('refuses %j', (spec, message) => {
    expect(() => createAugmentations([spec])).toThrow(message);
    expect(augmentSchema.safeParse([spec]).success).toBe(false);
  });
});
