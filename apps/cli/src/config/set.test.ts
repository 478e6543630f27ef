import { LowbitError } from '@lowbit/plugin-api';
import { describe, expect, it } from 'vitest';
import { applySettings, collect } from './set.js';

const options = { data: { dataset: 'digits' }, stages: [{ epochs: 3 }, { epochs: 1 }] };

describe('applySettings', () => {
  it.each([
    ['seed=7', { ...options, seed: 7 }],
    ['data.limit=20', { ...options, data: { dataset: 'digits', limit: 20 } }],
    ['data.dataset=mnist', { ...options, data: { dataset: 'mnist' } }],
    ['data="mnist"', { ...options, data: 'mnist' }],
    ['stages.1.epochs=9', { ...options, stages: [{ epochs: 3 }, { epochs: 9 }] }],
    ['stages.2={"epochs":4}', { ...options, stages: [...options.stages, { epochs: 4 }] }],
    ['model.weights.bits=1', { ...options, model: { weights: { bits: 1 } } }],
    ['a=b=c', { ...options, a: 'b=c' }],
    ['a=', { ...options, a: '' }],
    ['a=null', { ...options, a: null }],
  ])('%s', (setting, expected) => expect(applySettings(options, [setting])).toEqual(expected));

  it('applies one after another and leaves what it was given alone', () => {
    const before = structuredClone(options);
    expect(applySettings(options, collect('seed=2', collect('seed=1')))).toEqual({ ...options, seed: 2 });
    applySettings(options, ['stages.0.epochs=8', 'data.dataset=mnist']);
    expect(options).toEqual(before);
  });

  it('keeps what is not plain', () => {
    const make = () => 1;
    expect(applySettings({ make }, ['a=1'])).toEqual({ make, a: 1 });
  });

  it('does not reach prototypes', () => {
    applySettings(options, ['__proto__.polluted=1', 'constructor.prototype.polluted=1']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it.each([
    ['seed', 'a setting is a path and a value'],
    ['=3', 'a setting is a path and a value'],
    ['a..b=3', 'a setting is a path and a value'],
    ['stages.3.epochs=1', "'stages' is a list of 2"],
    ['stages.first=1', "'stages' is a list of 2"],
    ['data.dataset.name=x', `'data.dataset' is "digits", without parts`],
  ])('refuses %s', (setting, message) => {
    const act = () => applySettings(options, [setting]);
    expect(act).toThrow(LowbitError);
    expect(act).toThrow(message);
  });
});
