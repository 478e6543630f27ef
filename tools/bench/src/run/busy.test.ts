import { expect, it } from 'vitest';
import { busyOf } from './busy.js';

it('counts what is neither idle nor waiting', () => {
  expect(busyOf('cpu  100 20 3 5000 700 4 5 6 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n')).toBeCloseTo(1.38);
});
