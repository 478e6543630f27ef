import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './judge.js';

const result = (passed, ...names) => ({
  passed,
  failed: names.length,
  pending: 5,
  failures: names.map((name) => ({ name, reason: 'because' })),
});

test('more specs that pass are no error', () => {
  const { errors, notes, line } = judge(result(8, 'a', 'b'), result(9, 'a'), { passing: 8 });
  assert.deepEqual(errors, []);
  assert.equal(notes.length, 1);
  assert.match(line, /9 pass, 1 fail, 5 pending.*stock WASM 8 pass, 2 fail; 0 lost; at least 8 must pass/);
});

test('a spec that only fails with our kernels is an error, whatever the count', () => {
  const { errors } = judge(result(8, 'a', 'b'), result(9, 'c'), { passing: 8 });
  assert.deepEqual(errors, ['passes on the stock WASM backend and fails with ours: c: because']);
});

test('fewer that pass than before are an error', () => {
  assert.match(
    judge(result(8, 'a', 'b'), result(8, 'a', 'b'), { passing: 9 }).errors[0],
    /8 specs pass, and 9 passed before/,
  );
});

test('specs that did not run are an error', () => {
  assert.match(
    judge(result(8, 'a', 'b'), result(9), { passing: 9 }).errors[0],
    /9 specs ran with our kernels, and 10 without/,
  );
});
