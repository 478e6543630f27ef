import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { canHost, fromBase64, wasmModule } from './index.js';
import { scaleModule, type ScaleExports } from './testing.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const scaler = wasmModule<ScaleExports>(() => scaleModule);

function scaled(x: tf.Tensor, factor: number): tf.Tensor {
  const host = scaler(tf.backend());
  const y = host.output(x.shape, x.dtype);
  host.exports.scale(host.address(x), host.address(y), x.size, factor);
  return tf.engine().makeTensorFromTensorInfo(y);
}

describe('a module on the WASM backend', () => {
  it('works in place on tensors and leaves none behind', () => {
    const before = tf.memory().numTensors;
    const x = tf.tensor2d([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const y = scaled(x, 2);
    expect(y.shape).toEqual([2, 3]);
    expect(Array.from(y.dataSync())).toEqual([2, 4, 6, 8, 10, 12]);
    expect(Array.from(x.dataSync())).toEqual([1, 2, 3, 4, 5, 6]);
    tf.dispose([x, y]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is compiled once and instantiated once for a backend', () => {
    let compiled = 0;
    const counted = wasmModule<ScaleExports>(() => {
      compiled += 1;
      return scaleModule;
    });
    expect(counted(tf.backend())).toBe(counted(tf.backend()));
    expect(compiled).toBe(1);
  });

  it('goes on when the memory has grown', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const host = scaler(tf.backend());
    const { memory } = (tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } }).wasm.asm;
    const before = memory.buffer.byteLength;
    const big = tf.zeros([before / 4]);
    expect(memory.buffer.byteLength).toBeGreaterThan(before);
    const y = scaled(x, 3);
    const sum = tf.tidy(() => tf.sum(scaled(big, 1)));
    expect(Array.from(y.dataSync())).toEqual([3, 6, 9]);
    expect(sum.dataSync()[0]).toBe(0);
    expect(scaler(tf.backend())).toBe(host);
    tf.dispose([x, y, big, sum]);
  });
});

describe('scratch memory', () => {
  it('is aligned, usable and given back, also after an error', () => {
    const host = scaler(tf.backend());
    const addresses = Array.from({ length: 200 }, (_, i) =>
      host.scratch(1000 + i, (address) => {
        host.exports.scale(address, address, 250, 0);
        return address;
      }),
    );
    expect(addresses.every((address) => address > 0 && address % 16 === 0)).toBe(true);
    expect(new Set(addresses).size).toBeLessThan(200);
    const fail = () =>
      host.scratch(64, () => {
        throw new Error('in between');
      });
    expect(fail).toThrow('in between');
    expect(host.scratch(1000, (address) => address)).toBe(addresses[0]);
  });

  it('that does not fit says so, and so does a tensor', () => {
    const host = scaler(tf.backend());
    const before = tf.memory().numTensors;
    expect(() => host.scratch(2 ** 31, () => 0)).toThrow(/no room for 2147483648 bytes/);
    expect(() => host.output([2 ** 29, 1])).toThrow(/no room for a tensor of shape \[536870912,1\]/);
    const most = 2000 * 2 ** 20;
    const lend = (times: number): number => (times === 0 ? 0 : host.scratch(most, () => lend(times - 1)));
    expect(() => lend(3)).toThrow(/no room for 2097152000 bytes/);
    expect(() => host.scratch(most, () => host.scratch(most, () => host.output([most / 4])))).toThrow(
      /no room for a tensor/,
    );
    expect(host.scratch(2 ** 20, (address) => address)).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('another backend', () => {
  it('is refused with what to do', async () => {
    const cpu = tf.findBackend('cpu');
    expect(canHost(tf.backend())).toBe(true);
    expect(canHost(cpu)).toBe(false);
    expect(() => scaler(cpu)).toThrow(/call tf.setBackend\('wasm'\) first/);
  });
});

describe('fromBase64', () => {
  it('is the inverse of base64', () => {
    expect(fromBase64(Buffer.from(scaleModule).toString('base64'))).toEqual(scaleModule);
    expect(fromBase64('')).toEqual(new Uint8Array());
  });
});
