import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { factory } from './options.js';
import { API_VERSION, definePlugin, type Plugin } from './plugin.js';
import { createRegistry, splitSpec } from './registry.js';
import type { Schedule } from './training.js';

const constant = factory(
  z.strictObject({ base: z.number() }),
  ({ base }): Schedule =>
    () =>
      base,
);
const schedules = definePlugin({
  name: 'schedules',
  apiVersion: API_VERSION,
  schedules: { constant, step: () => () => 1 },
});

describe('a registry', () => {
  it('makes what a spec names', () => {
    const registry = createRegistry([schedules]);
    const rate = registry.make('schedules', { schedule: 'constant', base: 0.1 }, undefined);
    expect(rate({ epoch: 0, epochs: 1, step: 0, stepsPerEpoch: 1 })).toBe(0.1);
    expect(registry.list('schedules')).toEqual([
      { name: 'constant', plugin: 'schedules' },
      { name: 'step', plugin: 'schedules' },
    ]);
    expect(registry.has('schedules', 'step')).toBe(true);
    expect(registry.plugins()).toEqual([{ plugin: schedules, source: 'schedules' }]);
    const module = 'file:///schedules.js';
    expect(createRegistry().add(schedules, 'here', module).plugins()).toEqual([
      { plugin: schedules, source: 'here', module },
    ]);
  });

  it.each([
    ['constnt', "unknown schedule 'constnt', in stages.0; did you mean 'constant'?"],
    ['qqqqqqqqqqqq', "unknown schedule 'qqqqqqqqqqqq', in stages.0; known: constant, step"],
    [
      { schedule: 'constant', bass: 1, base: 1 },
      "unknown key 'bass', in stages.0 (schedule 'constant'), received 1; did you mean 'base'?",
    ],
    [{ base: 1 }, 'a schedule must be named, in stages.0, received {"base":1}; write { "schedule": NAME, … }'],
  ])('refuses %j', (spec, message) => {
    expect(() => createRegistry([schedules]).make('schedules', spec, undefined, 'stages.0')).toThrow(message);
  });

  it('takes all of a plugin or nothing', () => {
    const registry = createRegistry([schedules]);
    const other: Plugin = {
      name: 'other',
      apiVersion: API_VERSION,
      losses: { mine: () => () => null as never },
      schedules: { step: () => () => 2 },
    };
    expect(() => registry.add(other, './other.js')).toThrow(
      "schedule 'step' is already taken by plugin 'schedules', in plugin 'other' (./other.js); rename one of them or load only one",
    );
    expect(registry.has('losses', 'mine')).toBe(false);
    expect(() => registry.add(schedules)).toThrow("a plugin named 'schedules' is already loaded");
  });

  it('treats names of Object.prototype as unknown', () => {
    expect(() => createRegistry([schedules]).get('schedules', 'constructor')).toThrow("unknown schedule 'constructor'");
  });
});

describe('definePlugin', () => {
  it.each([
    [null, 'not a plugin'],
    [{ apiVersion: 1 }, 'a plugin needs a name'],
    [
      { name: 'p', apiVersion: 2 },
      "plugin 'p' is of another API version, in definePlugin, received 2; this version of Lowbit speaks API version 1",
    ],
    [{ name: 'p', apiVersion: 1, quantisers: {} }, "plugin 'p' brings an unknown kind 'quantisers'"],
    [{ name: 'p', apiVersion: 1, quantizers: 3 }, "quantizers of plugin 'p' must be a record of factories"],
    [{ name: 'p', apiVersion: 1, quantizers: { a: {} } }, "'a' among the quantizers of plugin 'p' is not a factory"],
  ])('refuses %j', (plugin, message) => {
    expect(() => definePlugin(plugin as never)).toThrow(message);
  });

  it('has no effect but to check', () => {
    expect(Object.isFrozen(schedules)).toBe(true);
    expect(createRegistry().list('schedules')).toEqual([]);
  });
});

it('splitSpec takes a bare name', () => {
  expect(splitSpec('datasets', 'digits')).toEqual({ name: 'digits', options: {} });
});
