import { expect, it } from 'vitest';
import { isAscending, meaningsOf, sameLevels, zeroCode } from '../levels.js';
import { codes, evaluate, floats, weights } from '../testing/nodes.js';

const levels = { integers: [0, 1, 2, 3], scale: Math.fround(0.1) };

it('a code counts the thresholds that are not above x: a tie belongs to the upper code', () => {
  const t = weights([3], [-0.5, 0.1, 1]);
  const below = -0.5 - 2 ** -24;
  const x = floats([8], [-0.5, below, 0.1, 1, 2, -Infinity, Infinity, NaN]);
  const y = evaluate('quantize', { thresholds: 't', levels }, [x], { t });
  expect(y).toEqual(codes([8], [1, 0, 2, 3, 3, 0, 3, 0], levels));
});

it('thresholds that are equal skip a code, and no number but itself reaches ∞', () => {
  const t = weights([3], [0, 0, Infinity]);
  expect([...evaluate('quantize', { thresholds: 't', levels }, [floats([3], [-0, -1e-45, 3e38])], { t }).data]).toEqual(
    [2, 0, 2],
  );
});

it('codes stand for their integers times the scale, rounded, or for their values', () => {
  const x = codes([4], [3, 0, 1, 2], levels);
  const tenth = Math.fround(0.1);
  expect(evaluate('dequantize', {}, [x])).toEqual(floats([4], [Math.fround(3 * tenth), 0, tenth, 2 * tenth]));
  const values = codes([2], [1, 0], { values: [-0.75, 0.3] });
  expect(evaluate('dequantize', {}, [values])).toEqual(floats([2], [0.3, -0.75]));
});

it('levels know their 0, their order and whether they are others', () => {
  const halves = { values: [-0.5, 0, 0.5] };
  expect([zeroCode(levels), zeroCode(halves), zeroCode({ values: [-1, 1] })]).toEqual([0, 1, -1]);
  expect([isAscending(levels), isAscending({ values: [1, 1] }), isAscending({ integers: [1, 0], scale: 1 })]).toEqual([
    true,
    false,
    false,
  ]);
  expect([...meaningsOf({ integers: [-7], scale: levels.scale })]).toEqual([Math.fround(-7 * levels.scale)]);
  expect(sameLevels(levels, { ...levels })).toBe(true);
  expect(sameLevels(levels, { ...levels, scale: 1 })).toBe(false);
  expect(sameLevels(levels, { integers: [0, 1, 2], scale: levels.scale })).toBe(false);
  expect(sameLevels(halves, { values: [-0.5, 0, 0.5] })).toBe(true);
  expect(sameLevels(halves, levels) || sameLevels(levels, halves)).toBe(false);
});
