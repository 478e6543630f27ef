import { expect, it } from 'vitest';
import { families } from './families.js';

it('finds every quantizer in the roles that it is made for', () => {
  const found = new Map(families().map((family) => [family.name, family]));
  expect(found.get('dorefa')).toEqual({
    name: 'dorefa',
    weights: { quantizer: 'dorefa', bits: 2 },
    activations: { quantizer: 'dorefa', bits: 2 },
  });
  expect(found.get('lsq')?.weights).toEqual({ quantizer: 'lsq', bits: 2 });
});
