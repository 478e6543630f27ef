import { expect, it } from 'vitest';
import { parseJson } from './json.js';

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

it('reads what nests no deeper than 8', () => {
  expect(parseJson(`{"a":${nested(7)}}`)).toHaveProperty('a');
  expect(() => parseJson(`{"a":${nested(8)}}`)).toThrow(/nests too deeply/);
  expect(() => parseJson(`{"a":${'{"b":'.repeat(8)}1${'}'.repeat(9)}`)).toThrow(/nests too deeply/);
});

it.each(['[[[[[[[[[', '{{{{{{{{{', '\\"[[[[[[[[[', '\\\\'])('what stands in a string does not nest: "%s"', (text) => {
  expect(parseJson(`{"a":"${text}"}`)).toEqual({ a: JSON.parse(`"${text}"`) as string });
});

it('a string ends at a quote after an even number of backslashes', () => {
  expect(() => parseJson(`{"a":"\\\\","b":${nested(8)}}`)).toThrow(/nests too deeply/);
  expect(() => parseJson('{"a":"[[[[')).toThrow(/not valid JSON/);
});
