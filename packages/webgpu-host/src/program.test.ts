import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { canRunPrograms, runProgram } from './index.js';

/** A backend that notes what it is asked to run. */
function recorder() {
  const calls: { program: Record<string, unknown>; shapes: number[][]; uniforms: unknown }[] = [];
  const backend = {
    runWebGPUProgram(program: Record<string, unknown>, inputs: tf.TensorInfo[], dtype: tf.DataType, uniforms: unknown) {
      calls.push({ program, shapes: inputs.map(({ shape }) => shape), uniforms });
      return { dataId: {}, shape: program['outputShape'], dtype };
    },
  } as unknown as tf.KernelBackend;
  return { backend, calls };
}

const tensor = (...shape: number[]): tf.TensorInfo => ({ dataId: {}, shape, dtype: 'float32' });

// that programs run and what they give is tested in a browser: see tools/browser
describe('runProgram', () => {
  it('hands flat inputs and whole numbers to the backend, and gives the output its shape', () => {
    const { backend, calls } = recorder();
    expect(canRunPrograms(backend)).toBe(true);
    const output = runProgram(backend, {
      name: 'a',
      inputs: { x: tensor(2, 3), y: tensor() },
      shape: [5, 13],
      uniforms: { rows: 5, columns: -1 },
      code: 'CODE',
    });
    expect(output).toMatchObject({ shape: [5, 13], dtype: 'float32' });
    expect(calls).toMatchObject([
      {
        program: { variableNames: ['x', 'y'], uniforms: 'rows : i32, columns : i32, ', dispatch: [2, 1, 1] },
        shapes: [[6], [1]],
        uniforms: [
          { type: 'int32', data: [5] },
          { type: 'int32', data: [-1] },
        ],
      },
    ]);
    expect((calls[0]!.program['getUserCode'] as () => string)()).toMatch(/^CODE\s+fn main\(index : i32\)/);
  });

  it('refuses an empty input, unless the output is empty', () => {
    const { backend } = recorder();
    const run = (shape: number[]) => runProgram(backend, { name: 'a', inputs: { x: tensor(0, 3) }, shape, code: '' });
    expect(() => run([3])).toThrow(/no empty buffer, in program 'a', received an empty input 'x'/);
    expect(run([0]).shape).toEqual([0]);
  });

  it('refuses other backends', () => {
    const backend = {} as tf.KernelBackend;
    expect(canRunPrograms(backend)).toBe(false);
    expect(() => runProgram(backend, { name: 'a', inputs: {}, shape: [1], code: '' })).toThrow(
      /setBackend\('webgpu'\)/,
    );
  });
});
