import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers the gradients
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkBackends, pickBackend, platform } from './index.js';
import { probe } from './probe.js';

/** One step of gradient descent through a convolution: forward, both gradients, update. */
async function trainStep(): Promise<number[]> {
  const [x, kernel] = [tf.ones([1, 4, 4, 1]), tf.variable(tf.fill([3, 3, 1, 2], 0.5))];
  const optimizer = tf.train.sgd(0.01);
  const loss = () =>
    tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, kernel as unknown as tf.Tensor4D, 1, 'valid'))) as tf.Scalar;
  optimizer.minimize(loss, false, [kernel]);
  const values = [...(await kernel.data())];
  tf.dispose([x, kernel]);
  optimizer.dispose();
  return values;
}

describe('pickBackend', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {}); // TF.js recommends tfjs-node on its cpu backend
  afterEach(() => void warn.mockClear());

  it.each(['cpu', 'wasm'] as const)('starts %s, which then trains', async (name) => {
    const { backend, tried } = await pickBackend(name);
    expect([backend, tf.getBackend(), tried.length]).toEqual([name, name, 1]);
    for (const value of await trainStep()) expect(value).toBeCloseTo(0.5 - 0.01 * 4 * 9, 5);
  });

  it('takes the SIMD asked for, where the host has it, and says which it is', async () => {
    expect((await pickBackend('wasm', { simd: 'plain' })).simd).toBe('plain');
    expect((await pickBackend('cpu')).simd).toBeUndefined();
  });

  it('leaves no tensor behind', async () => {
    await pickBackend('cpu');
    const before = tf.memory().numTensors;
    await pickBackend('cpu');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes something that works with auto', async () => {
    const { name, backend, tried } = await pickBackend();
    expect(tried.at(-1)).toMatchObject({ name, ok: true });
    expect(tf.getBackend()).toBe(backend);
    for (const value of await trainStep()) expect(value).toBeCloseTo(0.14, 5);
  });

  it.each(['node', 'webgpu'] as const)('starts %s where it can be had, else says how to get it', async (name) => {
    const { ok, why } = await probe(name);
    if (!ok) return expect(pickBackend(name)).rejects.toThrow(`backend '${name}' cannot be used: ${why}; npm install`);
    expect((await pickBackend(name)).reason).toBe(`asked for: ${why}`);
    for (const value of await trainStep()) expect(value).toBeCloseTo(0.14, 5);
  });
});

describe('checkBackends', () => {
  it('tries all and changes nothing', async () => {
    await pickBackend('cpu');
    const before = [tf.getBackend(), tf.memory().numTensors];
    const { backends, auto, platform: machine } = await checkBackends();
    expect([tf.getBackend(), tf.memory().numTensors]).toEqual(before);
    expect(backends.map(({ name }) => name)).toEqual(['node-gpu', 'node', 'webgpu', 'wasm', 'cpu']);
    expect(backends.find(({ ok, software }) => ok && !software)!.name).toBe(auto);
    for (const { ok, why, get } of backends) {
      expect(why).not.toMatch(/\n|^$/);
      expect(get === undefined).toBe(ok);
    }
    expect(backends.slice(3)).toMatchObject([
      { name: 'wasm', ok: true, version: tf.version_core },
      { name: 'cpu', ok: true, version: tf.version_core },
    ]);
    expect(machine).toEqual(platform());
  });
});

describe('platform', () => {
  it('states facts', () => {
    const { runtime, system, cores, memory, wasm } = platform();
    expect(runtime).toBe(`Node ${process.versions.node}`);
    expect(system).toBe(`${process.platform} ${process.arch}`);
    expect(cores).toBeGreaterThan(0);
    expect(memory).toBeGreaterThan(2 ** 28);
    expect(wasm).toMatchObject({ simd: true, threads: true });
    expect(wasm.relaxedSimd).toBe(Number(process.versions.node.split('.')[0]) >= 22);
  });
});
