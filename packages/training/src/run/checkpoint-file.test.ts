import { readSafetensors, writeSafetensors } from '@lowbit/safetensors';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIRST_STATE, type Checkpoint } from '../loop/state.js';
import { temporaryFolder } from '../testing/folder.js';
import { decodeCheckpoint, encodeCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint-file.js';

const checkpoint: Checkpoint = {
  state: {
    ...FIRST_STATE,
    step: 7,
    rate: 0.1,
    history: [{ loss: 1 / 3 }],
    best: { epoch: 1, metrics: { loss: 1 / 3 } },
  },
  weights: {
    'a/kernel': { shape: [2, 1], data: Float32Array.of(1, -2) },
    'a/bias': { shape: [], data: Float32Array.of(3) },
  },
  slots: { 'optimizer/0/velocity/a/kernel': { shape: [2, 1], data: Float32Array.of(0.5, 0) } },
};

describe('a checkpoint', () => {
  it('comes back from its bytes', () => {
    expect(decodeCheckpoint(encodeCheckpoint(checkpoint), 'here')).toEqual(checkpoint);
  });

  it('is a safetensors file with the weights by their names', () => {
    const { tensors } = readSafetensors(encodeCheckpoint(checkpoint));
    expect(Object.keys(tensors).sort()).toEqual(['@slot/optimizer/0/velocity/a/kernel', 'a/bias', 'a/kernel']);
  });

  it('comes back from its folder, whose state.json says the same', async () => {
    const folder = path.join(temporaryFolder(), 'checkpoints', 'last');
    expect(await readCheckpoint(folder)).toBeUndefined();
    await writeCheckpoint(folder, { ...checkpoint, slots: {} });
    await writeCheckpoint(folder, checkpoint);
    expect(await readCheckpoint(folder)).toEqual(checkpoint);
    expect(JSON.parse(readFileSync(path.join(folder, 'state.json'), 'utf8'))).toEqual(checkpoint.state);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array, string]>([
    ['cut off', (bytes) => bytes.subarray(0, -4), 'not a whole checkpoint'],
    ['empty', () => new Uint8Array(0), 'not a whole checkpoint'],
    ['of weights alone', () => writeSafetensors({}), 'not a checkpoint'],
    ['without a state', () => writeSafetensors({}, { format: 'lowbit-checkpoint-1' }), 'received null'],
    ['of a broken state', () => writeSafetensors({}, { format: 'lowbit-checkpoint-1', state: '{' }), 'not a whole'],
    [
      'of a strange state',
      () =>
        writeSafetensors({}, { format: 'lowbit-checkpoint-1', state: JSON.stringify({ ...FIRST_STATE, step: -1 }) }),
      'model.safetensors at step',
    ],
  ])('%s is refused in one line', async (_name, spoil, message) => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'model.safetensors'), spoil(encodeCheckpoint(checkpoint)));
    await expect(readCheckpoint(folder)).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining(message) as string,
    });
  });
});
