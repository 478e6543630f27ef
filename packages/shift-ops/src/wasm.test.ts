import { fromBase64 } from '@lowbit/wasm-host';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import bytes from './generated/shift.js';
import { activeShift, ActiveShift, ActiveShiftBackpropInput, ActiveShiftBackpropShift } from './index.js';
import { on } from './testing/backends.js';

const image = [1, 2, 3, 4];

/** The kernels that `body` runs, by name. */
async function kernelsOf(body: () => void): Promise<string[]> {
  const profile = await tf.profile(() => tf.tidy(() => void body()));
  return profile.kernels.map((kernel) => kernel.name);
}

const train = () =>
  tf.grads((x, shifts) => activeShift(x as tf.Tensor4D, shifts as tf.Tensor2D))([
    tf.tensor4d(image, [1, 2, 2, 1]),
    tf.tensor2d([[1], [0]]),
  ]);

describe('on the WASM backend', () => {
  it('the kernels of this package run', () =>
    on('wasm', async () => {
      const names = await kernelsOf(train);
      expect(names).toEqual(expect.arrayContaining([ActiveShift, ActiveShiftBackpropInput, ActiveShiftBackpropShift]));
      expect(names).not.toContain('BatchMatMul');
    }));

  it('the composition runs where the memory of the backend cannot be had', () =>
    on('wasm', async () => {
      const { wasm } = tf.backend() as unknown as { wasm: { asm: object } };
      const { asm } = wasm;
      wasm.asm = { ...asm, memory: undefined };
      try {
        const names = await kernelsOf(train);
        expect(names).toContain('BatchMatMul');
        expect(names).not.toContain(ActiveShift);
      } finally {
        wasm.asm = asm;
      }
    }));

  it('reads no memory outside its tensors at the borders', () =>
    on('wasm', () => {
      // neighbours in the heap are NaN: one that is read, even with weight 0, shows
      const nan = () => tf.fill([64], NaN);
      const before = Array.from({ length: 8 }, nan);
      const x = tf.ones<tf.Rank.R4>([1, 3, 3, 5]);
      const after = Array.from({ length: 8 }, nan);
      const shifts = tf.tensor2d([
        [-0.5, 0.5, 3.5, -3.5, 0],
        [0.5, -0.5, 0, 0.5, -3.5],
      ]);
      const out = activeShift(x, shifts);
      expect(out.dataSync().every(Number.isFinite)).toBe(true);
      tf.dispose([before, x, after, shifts, out]);
    }));

  it('the module keeps nothing in the memory of the backend', () => {
    const wasm = fromBase64(bytes);
    const DATA = 11;
    const sections: number[] = [];
    for (let at = 8; at < wasm.length;) {
      sections.push(wasm[at++]!);
      let size = 0;
      for (let shift = 0, more = true; more; shift += 7) {
        more = wasm[at]! > 127;
        size |= (wasm[at++]! & 127) << shift;
      }
      at += size;
    }
    expect(sections).not.toContain(DATA);
  });
});

describe('in debug mode', () => {
  afterEach(() => {
    tf.env().set('DEBUG', false);
    vi.restoreAllMocks();
  });

  it('a backend without these kernels is said to be one, once', () =>
    on('cpu', () => {
      const said: string[] = [];
      vi.spyOn(console, 'log').mockImplementation(() => undefined);
      vi.spyOn(console, 'warn').mockImplementation((text: string) => void said.push(text));
      tf.tidy(() => void train());
      expect(said.filter((text) => text.includes('fast kernel'))).toEqual([]);
      tf.env().set('DEBUG', true);
      for (let i = 0; i < 2; i++) tf.tidy(() => void train());
      expect(said.filter((text) => text.includes('fast kernel'))).toEqual([
        `ActiveShift (backend ${tf.getBackend()}) has no fast kernel here; a composition of core ops runs`,
      ]);
    }));
});
