import { readModel } from '@lowbit/graph';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { folderOf, lowbit, onlyJson, TINY } from '../testing/lowbit.js';

let cwd: string;

beforeAll(async () => {
  cwd = folderOf({ 'tiny.json': { ...TINY, model: { ...TINY.model, afterShift: 4 } } });
  await lowbit(['train', 'tiny.json', '--out', 'run'], cwd);
});

const bytesOf = (file: string) => readFileSync(path.join(cwd, file));

describe('lowbit export', () => {
  it('packs a run into a file that inspect and eval read, and runs it beside the model', async () => {
    const args = ['export', 'run', '-o', 'model.lowbit', '--check', '--backend', 'cpu', '--json'];
    const { bytes, check } = onlyJson(await lowbit(args, cwd)) as { bytes: number; check: Record<string, number> };
    expect(bytes).toBe(bytesOf('model.lowbit').byteLength);
    expect(check['examples']).toBe(TINY.data.testLimit);
    expect(check['sameTop1']).toBe(check['examples']);

    const inspected = onlyJson(await lowbit(['inspect', 'model.lowbit', '--accuracy', '0.9', '--json'], cwd));
    expect(inspected).toMatchObject({ fileBytes: bytes, totals: { bytes: expect.any(Number) as number } });
    expect(inspected['informationDensity']).toBeTypeOf('object');

    const ofRun = onlyJson(await lowbit(['eval', 'run', '--json'], cwd))['metrics'] as { accuracy: number };
    const ofFile = onlyJson(await lowbit(['eval', 'model.lowbit', '--json'], cwd));
    expect(ofFile).toMatchObject({ bytes, data: 'digits', metrics: { accuracy: ofRun.accuracy } });
  });

  it('keeps the data set and the names of the classes, and reads the inputs as they are stored', () => {
    const { metadata, nodes } = readModel(bytesOf('model.lowbit'));
    expect(JSON.parse(metadata!['data']!)).toMatchObject({ dataset: 'digits' });
    expect(JSON.parse(metadata!['labels']!)).toHaveLength(10);
    expect(nodes[0]).toMatchObject({ op: 'affine', inputs: ['input'] });
  });

  it.each([
    ['qonnx', 'model.onnx'],
    ['onnx', 'qdq.onnx'],
  ])('writes %s', async (format, file) => {
    await lowbit(['export', 'run', '--format', format, '-o', file], cwd);
    expect(bytesOf(file).includes('QuantizeLinear')).toBe(format === 'onnx');
    expect(bytesOf(file).includes('qonnx.custom_op')).toBe(format === 'qonnx');
  });

  it('writes a layers model that any TensorFlow.js program, and eval, reads', async () => {
    const { files } = onlyJson(await lowbit(['export', 'run', '--format', 'tfjs', '-o', 'baked', '--json'], cwd));
    expect(files).toEqual(['weights.bin', 'model.json'].map((file) => path.join('baked', file)));
    expect(bytesOf('baked/model.json').toString()).not.toMatch(/Quant|Shift2D/);
    const metrics = async (what: string) => onlyJson(await lowbit(['eval', what, '--json'], cwd))['metrics'];
    expect(((await metrics('baked')) as { accuracy: number }).accuracy).toBe(
      ((await metrics('run')) as { accuracy: number }).accuracy,
    );
  });

  it.each<[string[], number, RegExp]>([
    [['run', '-o', 'model.lowbit'], 2, /^error: something is there already, in --output, received 'model.lowbit'/m],
    [['run', '-o', 'x', '--format', 'lobit'], 2, /^error: unknown exporter 'lobit'.*lowbit/m],
    [['run', '-o', 'x', '--format', 'qonnx', '--check'], 2, /^error: --check cannot run this format/m],
    [['run', '-o', 'x', '--set', 'floatInputs=7'], 2, /^error: .*floatInputs/m],
    [['nothing', '-o', 'x'], 2, /^error: there is no run here and no saved model/m],
  ])('refuses %j', async (args, code, message) => {
    const ended = await lowbit(['export', ...args], cwd);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(existsSync(path.join(cwd, 'x'))).toBe(false);
  });

  it('a packed network has its own bits and backend', async () => {
    for (const option of [
      ['--precision', 'weights=8'],
      ['--backend', 'wasm'],
    ]) {
      const ended = await lowbit(['eval', 'model.lowbit', ...option], cwd);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toMatch(/^error: a packed network runs at the bits that it has/m);
    }
  });

  it('a damaged file is one line', async () => {
    const bytes = bytesOf('model.lowbit');
    bytes[bytes.byteLength - 1]! ^= 1;
    const folder = folderOf({ 'damaged.lowbit': '' });
    writeFileSync(path.join(folder, 'damaged.lowbit'), bytes);
    for (const command of ['inspect', 'eval']) {
      const ended = await lowbit([command, 'damaged.lowbit'], folder);
      expect(ended.stderr).toMatch(/^error: [^\n]*\n$/);
      expect([ended.code, ended.stdout]).toEqual([1, '']);
    }
  });
});
