import { encode, MODEL } from '@lowbit/onnx-proto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf, lowbit, onlyJson } from '../testing/lowbit.js';

const cwd = folderOf();
const PATIENCE = 240_000;

/** A digits classifier of a convolution and a matrix, of any image size. */
function classifier(): Uint8Array {
  const weights = (name: string, ...dims: number[]) => {
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i + 1) / 4);
    return { name, dims, dataType: 1, rawData: new Uint8Array(data.buffer) };
  };
  return encode(MODEL, {
    graph: {
      node: [
        { name: '/conv', opType: 'Conv', input: ['image', 'k', 'b'], output: ['sums'] },
        { name: '/relu', opType: 'Relu', input: ['sums'], output: ['positive'] },
        { name: '/pool', opType: 'GlobalAveragePool', input: ['positive'], output: ['means'] },
        { name: '/flat', opType: 'Flatten', input: ['means'], output: ['row'] },
        { name: '/fc', opType: 'Gemm', input: ['row', 'w'], output: ['scores'] },
      ],
      initializer: [weights('k', 4, 1, 3, 3), weights('b', 4), weights('w', 4, 10)],
      input: [
        {
          name: 'image',
          type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'n' }, { dimValue: 1 }, {}, {}] } } },
        },
      ],
      output: [{ name: 'scores' }],
    },
    opsetImport: [{ version: 17 }],
  });
}

describe('an ONNX model', { timeout: PATIENCE }, () => {
  it('is quantized, packed and evaluated', async () => {
    writeFileSync(path.join(cwd, 'm.onnx'), classifier());
    const policy = '{"quantizer": "uniform", "bits": 4, "granularity": "channel"}';
    const shape = ['--input-shape', '8,8,1'];
    const ended = await lowbit(
      [
        'quantize',
        'm.onnx',
        ...shape,
        '--policy',
        policy,
        '--calibrate',
        'digits',
        '--examples',
        '64',
        '-o',
        'q',
        '--json',
      ],
      cwd,
    );
    expect(onlyJson(ended)).toMatchObject({ layers: [{}, {}] });
    const packed = await lowbit(['export', 'q', '-o', 'q.lowbit', '--json'], cwd);
    expect(packed.code, packed.stderr).toBe(0);
    const evaluated = onlyJson(await lowbit(['eval', 'q.lowbit', '--json'], cwd));
    expect(evaluated).toMatchObject({ data: 'digits' });
    const float = await lowbit(['export', 'm.onnx', ...shape, '-o', 'float.lowbit', '--json'], cwd);
    expect(float.code, float.stderr).toBe(0);
  });

  it('that leaves sizes open says what is missing', async () => {
    writeFileSync(path.join(cwd, 'm.onnx'), classifier());
    const { code, stderr } = await lowbit(['inspect', 'm.onnx'], cwd);
    expect(code).toBe(2);
    expect(stderr).toMatch(/sizes that the file leaves open, in input 'image'.*\[\?, \?, 1\]/);
  });
});
