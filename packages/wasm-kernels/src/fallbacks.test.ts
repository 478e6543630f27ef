import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import './index.js';
import { noise } from './testing.js';

let said: string[];
beforeEach(async () => {
  await tf.setBackend('wasm');
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
  vi.spyOn(console, 'warn').mockImplementation((text: string) => void said.push(text));
});
afterEach(() => vi.restoreAllMocks());

/** The notices of something that is done twice. */
function notices(run: () => tf.Tensor, debug = true): string[] {
  tf.env().set('DEBUG', debug);
  said = [];
  for (let i = 0; i < 2; i++) tf.tidy(() => void run());
  tf.env().set('DEBUG', false);
  return said;
}

const stock = "TF.js's own WASM kernel runs";
const cpu = "TF.js's cpu kernel runs, on copies of the tensors";
const integers = (): tf.Tensor2D => tf.ones([2, 2], 'int32');
const [x, filter] = [() => noise([1, 4, 4, 3], 1) as tf.Tensor4D, () => noise([3, 3, 3, 2], 2) as tf.Tensor4D];

it.each<[string, () => tf.Tensor, string]>([
  ['a dtype', () => tf.matMul(integers(), integers()), `BatchMatMul (dtype int32) | ${cpu}`],
  ['a dtype that stock has', () => tf.sum(integers(), 0), `Sum (dtype int32) | ${stock}`],
  [
    'a layout',
    () => tf.conv2d(tf.reshape(x(), [1, 3, 4, 4]) as tf.Tensor4D, filter(), 1, 'same', 'NCHW'),
    `Conv2D (layout NCHW) | ${cpu}`,
  ],
  ['dilations', () => tf.conv2d(x(), filter(), 1, 'same', 'NHWC', 2), `Conv2D (dilations) | ${stock}`],
  [
    'an activation',
    () => tf.fused.conv2d({ x: x(), filter: filter(), strides: 1, pad: 'same', activation: 'relu' }),
    `FusedConv2D (activation relu) | ${stock}`,
  ],
  ['axes', () => tf.mean(x(), [0, 2]), `Mean (sizes or options) | ${stock}`],
  [
    'what WASM lacks',
    () => tf.einsum('bij,bij->b', noise([2, 3, 4], 1), noise([2, 3, 4], 2)),
    `Einsum (sizes or options) | ${cpu}`,
  ],
])('in debug mode a call that goes elsewhere for %s says so once', (_what, run, notice) => {
  expect(notices(run, false)).toEqual([]);
  const [call, runs] = notice.split(' | ');
  const own = notices(run).filter((text) => text.startsWith(`${call!.split(' ')[0]} `));
  expect(own).toEqual([`${call} has no fast kernel here; ${runs}`]);
  expect(notices(run).filter((text) => text.includes('fast kernel'))).toEqual([]);
});

it('a call that our kernels take says nothing', () => {
  const notice = notices(() => tf.sum(tf.conv2d(x(), filter(), 2, 'same'), [0, 1, 2]));
  expect(notice.filter((text) => text.includes('fast kernel'))).toEqual([]);
});
