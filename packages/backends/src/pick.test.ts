import { LowbitError } from '@lowbit/plugin-api';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { pick, type Steps } from './pick.js';
import type { BackendName, Finding } from './types.js';

/** Steps of a machine where only these backends can be found, and only these of them start. */
function machine(
  found: Partial<Record<BackendName, Finding>>,
  starting = Object.keys(found),
): Steps & { started: string[] } {
  const started: string[] = [];
  return {
    started,
    examine: (name) => Promise.resolve(found[name] ?? { ok: false, why: `no ${name} here` }),
    start: async (name) => {
      started.push(name);
      await tf.setBackend(name === 'cpu' ? 'cpu' : 'fake');
      if (!starting.includes(name)) throw new Error(`${name} breaks\n    at line 2`);
    },
  };
}

const works = (why: string): Finding => ({ ok: true, why });

describe('pick', () => {
  beforeEach(async () => {
    if (!tf.findBackendFactory('fake'))
      tf.registerBackend('fake', () => ({ dispose: () => {} }) as unknown as tf.KernelBackend, 0);
    await tf.setBackend('cpu');
  });

  it('takes the first that works, and says what was tried', async () => {
    const steps = machine({ webgpu: works('a card'), wasm: works('wasm'), cpu: works('cpu') });
    expect(await pick('auto', {}, steps)).toEqual({
      backend: 'fake',
      name: 'webgpu',
      reason: 'the first of node-gpu, node, webgpu, wasm, cpu that works here: a card',
      tried: [
        { name: 'node-gpu', ok: false, why: 'no node-gpu here', software: false },
        { name: 'node', ok: false, why: 'no node here', software: false },
        { name: 'webgpu', ok: true, why: 'a card', software: false },
      ],
    });
    expect(steps.started).toEqual(['webgpu']);
  });

  it('goes on when one does not start', async () => {
    const picked = await pick('auto', {}, machine({ node: works('native'), cpu: works('cpu') }, ['cpu']));
    expect(picked.name).toBe('cpu');
    expect(picked.backend).toBe('cpu');
    expect(picked.tried[1]).toEqual({ name: 'node', ok: false, why: 'node breaks', software: false });
  });

  it('leaves a GPU in software to those who ask for it', async () => {
    const steps = machine({ webgpu: { ok: true, why: 'SwiftShader', software: true }, cpu: works('cpu') });
    const auto = await pick('auto', {}, steps);
    expect(auto.name).toBe('cpu');
    expect(auto.tried.find(({ name }) => name === 'webgpu')).toEqual({
      name: 'webgpu',
      ok: false,
      why: 'SwiftShader',
      software: true,
    });
    expect((await pick('webgpu', {}, steps)).reason).toBe('asked for: SwiftShader');
  });

  it('tries nothing but what was asked for', async () => {
    const steps = machine({ node: works('native'), cpu: works('plain') });
    expect(await pick('cpu', {}, steps)).toMatchObject({
      name: 'cpu',
      reason: 'asked for: plain',
      tried: [{ name: 'cpu' }],
    });
    expect(steps.started).toEqual(['cpu']);
  });

  it('says how to get what cannot be had, and keeps the backend', async () => {
    const failure = pick('node', {}, machine({}));
    await expect(failure).rejects.toThrow(LowbitError);
    await expect(failure).rejects.toThrow(
      /^backend 'node' cannot be used: no node here; npm install @tensorflow\/tfjs-node /,
    );
    await expect(pick('wasm', {}, machine({ wasm: works('wasm') }, []))).rejects.toThrow(
      /cannot be used: wasm breaks; npm install/,
    );
    expect(tf.getBackend()).toBe('cpu');
  });

  it('says why none works', async () => {
    await expect(pick('auto', {}, machine({}))).rejects.toThrow(
      /^backend 'auto' cannot be used: node-gpu: no node-gpu here; node: /,
    );
    expect(tf.getBackend()).toBe('cpu');
  });

  it('suggests a name', async () => {
    await expect(pick('wsam', {}, machine({}))).rejects.toThrow("unknown backend 'wsam'; did you mean 'wasm'?");
    await expect(pick('toString', {}, machine({}))).rejects.toThrow(/unknown backend 'toString'/);
  });
});
