import { expect, it } from 'vitest';
import { watchedSteps } from './memory.js';

it.each([
  [1, [1]],
  [9, [1, 9]],
  [10, [1, 10]],
  [250, [1, 10, 100, 250]],
  [1000, [1, 10, 100, 1000]],
])('of %i steps the powers of ten and the last are watched', (steps, watched) => {
  expect(watchedSteps(steps)).toEqual(watched);
});
