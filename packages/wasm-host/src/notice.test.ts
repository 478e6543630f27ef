import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { noticeFallback } from './index.js';

let said: string[];
beforeEach(() => {
  said = [];
  vi.spyOn(console, 'warn').mockImplementation((text: string) => void said.push(text));
});
afterEach(() => {
  tf.env().set('DEBUG', false);
  vi.restoreAllMocks();
});

it('says once for each kernel and reason what runs instead', () => {
  tf.env().set('DEBUG', true);
  said = [];
  for (const kernel of ['Sum', 'Sum', 'Mean']) {
    for (const reason of ['dtype int32', 'layout NCHW']) noticeFallback(kernel, () => reason, 'a composition runs');
  }
  expect(said).toEqual([
    'Sum (dtype int32) has no fast kernel here; a composition runs',
    'Sum (layout NCHW) has no fast kernel here; a composition runs',
    'Mean (dtype int32) has no fast kernel here; a composition runs',
    'Mean (layout NCHW) has no fast kernel here; a composition runs',
  ]);
});

it('says nothing out of debug mode, and asks for no reason', () => {
  const reason = vi.fn(() => 'dtype bool');
  noticeFallback('Sum', reason, 'a composition runs');
  expect([said, reason.mock.calls]).toEqual([[], []]);
});
