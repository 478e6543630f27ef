import { expect, it } from 'vitest';
import { LowbitError } from './error.js';
import { nearestNames, suggestNames } from './nearest.js';

it('an error is one line: what, where, received, what to do', () => {
  const error = new LowbitError('data', {
    what: 'a\nbreak',
    where: 'f.bin',
    received: { a: 1 },
    hint: 'fetch it again',
  });
  expect(error.message).toBe('a break, in f.bin, received {"a":1}; fetch it again');
  expect(error).toMatchObject({ name: 'LowbitError', code: 'data', parts: { where: 'f.bin' } });
});

it.each([
  [NaN, 'NaN'],
  ['x', "'x'"],
  [10n, '10'],
  [null, 'null'],
  [() => 1, 'a function'],
  ['y'.repeat(300), /^x, received 'y{116}\.\.\.$/],
])('shows what was received: %s', (received, shown) => {
  const { message } = new LowbitError('usage', { what: 'x', received });
  if (typeof shown === 'string') expect(message).toBe(`x, received ${shown}`);
  else expect(message).toMatch(shown);
});

it('shows what JSON cannot', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  expect(new LowbitError('usage', { what: 'x', received: loop }).message).toBe('x, received [object Object]');
});

it('names what is near', () => {
  const names = ['dorefa', 'pact', 'sawb', 'lsq'];
  expect(nearestNames('dorfa', names)).toEqual(['dorefa']);
  expect(nearestNames('PACT', names)[0]).toBe('pact');
  expect(suggestNames('zzzzzzzzz', names)).toBe('known: dorefa, lsq, pact, sawb');
  expect(suggestNames('x', [])).toBe('none is registered');
});
