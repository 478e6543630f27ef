import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BEFORE } from './follow.js';
import { showProgress, stateText } from './progress.js';

const state = {
  ...BEFORE,
  step: 30,
  steps: 400,
  epoch: 3,
  epochs: 40,
  stage: 'W1A4',
  testAccuracy: 0.5,
  secondsLeft: 61,
};

describe('stateText', () => {
  it.each([
    [state, 'epoch  3/40  test 50.00 %  1:01 left  (W1A4)'],
    [{ ...state, testAccuracy: undefined, secondsLeft: undefined, stage: '' }, 'epoch  3/40  test –'],
    [{ ...state, step: 400 }, 'epoch  3/40  test 50.00 %  1:01 left  (W1A4)'],
    [{ ...state, step: 400, epoch: 40 }, 'epoch 40/40  test 50.00 %  done'],
  ])('%#', (given, text) => expect(stateText(given)).toBe(text));
});

describe('showProgress away from a terminal', () => {
  it('prints each run every five epochs and at its end, once', () => {
    const stream = new PassThrough();
    const progress = showProgress(['W1A4', 'float'], stream as unknown as NodeJS.WriteStream);
    for (const epoch of [0, 1, 5, 5, 6, 7]) progress.show(1, { ...state, epoch, epochs: 7 });
    progress.show(0, { ...state, epoch: 5, epochs: 7 });
    progress.stop();
    const lines = String(stream.read()).trimEnd().split('\n');
    expect(lines.map((line) => line.slice(0, 16))).toEqual([
      'float  epoch 5/7',
      'float  epoch 7/7',
      'W1A4   epoch 5/7',
    ]);
  });
});
