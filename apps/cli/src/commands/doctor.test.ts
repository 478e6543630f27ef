import { describe, expect, it } from 'vitest';
import { folderOf, lowbit, onlyJson } from '../testing/lowbit.js';

describe('lowbit doctor', () => {
  it('says what works, what auto takes and where data lives', async () => {
    const cwd = folderOf();
    const ended = await lowbit(['doctor', '--json'], cwd, { LOWBIT_DATA: cwd });
    const { backends, auto, data } = onlyJson(ended) as Record<string, never>;
    expect(ended.code).toBe(0);
    expect(backends).toContainEqual(expect.objectContaining({ name: 'wasm', ok: true }));
    expect(backends).toContainEqual(expect.objectContaining({ name: auto, ok: true }));
    expect(data).toEqual({ root: cwd, present: ['digits'] });
    for (const { name, ok, get } of backends as { name: string; ok: boolean; get?: string }[]) {
      if (!ok) expect(ended.stderr).toContain(`to get ${name}: ${get}`);
    }
  });
});
