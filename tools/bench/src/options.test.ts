import { expect, it } from 'vitest';
import { readOptions } from './options.js';

it('reads a name and options, and has defaults', () => {
  expect(readOptions([])).toEqual({ name: 'train', json: false, markdown: false, repetitions: 7, steps: 100 });
  expect(readOptions(['peers', '--json', '--repetitions', '3', '--only', 'ResNet20'])).toEqual({
    ...{ name: 'peers', json: true, markdown: false, repetitions: 3, steps: 100, only: 'ResNet20' },
  });
  expect(readOptions(['memory', '--steps', '1000']).steps).toBe(1000);
});

it('takes one form of the report', () => {
  expect(readOptions(['infer', '--markdown']).markdown).toBe(true);
  expect(() => readOptions(['infer', '--markdown', '--json'])).toThrow('--markdown');
});

it.each([['--repetitions=0'], ['--steps=0'], ['--repetitions=two'], ['--repetitions=1.5'], ['--fast']])(
  'refuses %s',
  (argument) => {
    expect(() => readOptions([argument])).toThrow(argument.split('=')[0]);
  },
);
