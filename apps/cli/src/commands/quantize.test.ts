import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeSavedModel } from '../model-files.js';
import { precision } from '../options.js';
import { folderOf, lowbit, onlyJson, TINY } from '../testing/lowbit.js';

const lsq = (bits: number) => ({ quantizer: 'lsq', bits });
const POLICY = [
  { weights: lsq(3), activations: lsq(4) },
  { position: ['first', 'last'], bits: 8 },
  { position: 'first', activations: 'float' },
];

const cwd = folderOf({
  'tiny.json': {
    ...TINY,
    model: { ...TINY.model, weights: 'float', activations: { quantizer: 'dorefa', bits: 'float' } },
  },
  'policy.json': POLICY,
  'bad.json': '[{',
});

const quantize = (...args: string[]) => lowbit(['quantize', ...args], cwd);

/** Each command is a process of its own, and some tests run five. */
const PATIENCE = 240_000;

/** A model as TF.js saves it, for images of 8×8 or of another size. */
async function saveModel(name: string, size = 8): Promise<void> {
  const model = sequential({
    layers: [
      layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3, useBias: false, inputShape: [size, size, 1] }),
      layers.batchNormalization({ name: 'bn' }),
      layers.reLU({ name: 'relu' }),
      layers.flatten({ name: 'flat' }),
      layers.dense({ name: 'fc', units: 10 }),
    ],
  });
  await writeSavedModel(path.join(cwd, name), model, {});
  model.dispose();
}

beforeAll(async () => {
  await tf.setBackend('cpu');
  await saveModel('plain');
  await saveModel('small', 5);
  const { code, stderr } = await lowbit(['train', 'tiny.json', '--out', 'run'], cwd);
  if (code !== 0) throw new Error(stderr);
}, PATIENCE);

describe('lowbit quantize', { timeout: PATIENCE }, () => {
  it('quantizes a run, and eval and inspect take what it wrote', async () => {
    const ended = await quantize('run', '--policy', 'policy.json', '-o', 'out', '--json');
    const result = onlyJson(ended) as Record<string, never>;
    expect(result).toMatchObject({
      model: 'run',
      output: 'out',
      policy: POLICY,
      calibration: { data: 'digits', examples: 60 },
      backend: 'cpu',
    });
    const outputs = (result['layers'] as { output: number }[]).map(({ output }) => output);
    expect(outputs.length).toBeGreaterThan(3);
    expect(outputs).toEqual([...outputs].sort((a, b) => a - b));
    expect(ended.stderr).toContain('accuracy on test  float');

    const { float, quantized } = result['accuracy'] as { float: number; quantized: number };
    const evaluated = onlyJson(await lowbit(['eval', 'out', '--backend', 'cpu', '--json'], cwd));
    expect(evaluated).toMatchObject({ model: 'out', data: 'digits', examples: 30, metrics: { accuracy: quantized } });
    const at = ['eval', 'out', '--backend', 'cpu', '--precision', 'weights=float,activations=float', '--json'];
    const bits = { weights: 'float', activations: 'float' };
    const own = onlyJson(await lowbit(['eval', 'run', '--json'], cwd));
    expect((own['metrics'] as Record<string, number>)['accuracy']).toBe(float);
    expect(onlyJson(await lowbit(at, cwd))).toMatchObject({ precision: bits });

    const shown = onlyJson(await lowbit(['inspect', 'out', '--json'], cwd));
    const { perLayer, bytes } = shown as { perLayer: { weight: string; bits: number }[]; bytes: number };
    const kernels = perLayer.filter(({ weight }) => weight === 'kernel').map((row) => row.bits);
    expect([kernels[0], kernels.at(-1)]).toEqual([8, 8]);
    expect(new Set(kernels.slice(1, -1))).toEqual(new Set([3]));
    expect(result['size']).toMatchObject({ quantized: bytes });
  });

  it('quantizes what TensorFlow.js saved, by a quantizer alone, with corrections', async () => {
    const args = [
      'plain/model.json',
      '--policy',
      JSON.stringify(lsq(2)),
      '--calibrate',
      'digits',
      '--normalize',
      'unit',
    ];
    const limits = ['--set', 'data.limit=40', '--set', 'data.testLimit=20', '--examples', '25', '--backend', 'cpu'];
    const ended = await quantize(
      ...args,
      ...limits,
      '--bn-reestimate',
      '--bias-correction',
      '-o',
      'corrected',
      '--json',
    );
    const result = onlyJson(ended) as Record<string, never>;
    expect(result).toMatchObject({
      calibration: { examples: 25 },
      accuracy: { corrected: expect.any(Number) as number },
      layers: [{ before: expect.any(Number) as number }, { weights: { kernel: expect.any(Number) as number } }],
    });
    expect(ended.stderr).toMatch(/output before, dB/);
    expect(onlyJson(await lowbit(['eval', 'corrected', '--backend', 'cpu', '--json'], cwd))).toMatchObject({
      metrics: { accuracy: (result['accuracy'] as { corrected: number }).corrected },
    });
  });

  it.each<[string, string[], RegExp]>([
    [
      'a model that does not exist',
      ['nowhere', '--policy', 'policy.json'],
      /^error: there is no run here and no saved model, in nowhere; a run folder has a file experiment\.json/,
    ],
    [
      'a policy that does not exist',
      ['run', '--policy', 'none.json'],
      /^error: there is no policy here, in --policy, received 'none\.json'; write a JSON file/,
    ],
    ['a policy that is not JSON', ['run', '--policy', 'bad.json'], /^error: not JSON: .*, in bad\.json/],
    [
      'a rule that matches no layer',
      ['run', '--policy', '{"name":"stm","bits":2}'],
      /^error: a rule that matches no layer, in policy\[0\]/,
    ],
    [
      'data of another shape',
      ['small', '--policy', 'policy.json', '--calibrate', 'digits'],
      /^error: the model reads inputs of 5×5×1 and knows 10 classes, in dataset 'digits', received '8×8×1 and 10 classes'/,
    ],
    ['no data', ['plain', '--policy', 'policy.json'], /^error: the model does not say what data it is for/],
    [
      'a folder that is taken',
      ['run', '--policy', 'policy.json', '-o', 'plain'],
      /^error: something is there already, in --output, received 'plain'/,
    ],
    ['no policy', ['run'], /^error: .*--policy/],
  ])('refuses %s', async (_, args, message) => {
    const output = args.includes('-o') ? [] : ['-o', 'refused'];
    const { code, stderr, stdout } = await quantize(...args, ...output, '--backend', 'cpu');
    expect(stderr.split('\n').find((line) => line.startsWith('error'))).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
    expect(existsSync(path.join(cwd, 'refused'))).toBe(false);
  });

  it('says that a state file is that of another quantizer', async () => {
    const policy = JSON.stringify({ weights: lsq(4) });
    const { code } = await quantize(
      'plain',
      '--policy',
      policy,
      '--calibrate',
      'digits',
      '-o',
      'mixed',
      '--backend',
      'cpu',
    );
    expect(code).toBe(0);
    const file = path.join(cwd, 'mixed', 'model.json');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('weights_step', 'weights_alpha'));
    const ended = await lowbit(['eval', 'mixed', '--backend', 'cpu'], cwd);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^error: .*in mixed\/model\.json; its weights are those of another model, or of other quantizers/m,
    );
  });
});

describe('lowbit eval --precision', { timeout: PATIENCE }, () => {
  it.each(['weights=9', 'weights=2.5', 'weight=4', 'weights=4,weights=2', ''])('refuses %j', (text) => {
    expect(() => precision('--precision')(text)).toThrow(
      /^bits are 1 to 8 or float, once for a role, as in weights=8,activations=float, in --precision, received/,
    );
  });

  it('refuses bits for what the model does not quantize', async () => {
    const { code, stderr } = await lowbit(['eval', 'run', '--precision', 'weights=4'], cwd);
    expect(stderr).toMatch(/^error: nothing in the model quantizes weights, in --precision, received 'weights=4'/m);
    expect(code).toBe(2);
  });
});
