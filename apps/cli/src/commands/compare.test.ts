import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderOf, lowbit, onlyJson, TINY } from '../testing/lowbit.js';

const files = {
  'tiny.json': TINY,
  'comparison.json': {
    experiment: TINY,
    variants: [{ name: 'twin', weights: 'float', activations: 'relu' }, { weights: { quantizer: 'dorefa', bits: 1 } }],
    seeds: [1, 2],
  },
};

describe('lowbit compare', () => {
  it('trains each variant with each seed, and says what it came to', async () => {
    const cwd = folderOf(files);
    const ended = await lowbit(['compare', 'comparison.json', '--out', 'out', '--json'], cwd);
    const { rows } = onlyJson(ended) as { rows: Record<string, unknown>[] };
    expect(rows.map(({ name }) => name)).toEqual(['twin', 'dorefa 1']);
    for (const row of rows) {
      const [a, b] = row['accuracies'] as [number, number];
      expect(row['accuracy']).toBe((a + b) / 2);
      expect(row['deviation']).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 10);
    }
    expect(rows[1]!['bytes']).toBeLessThan(rows[0]!['bytes'] as number);
    expect(readFileSync(path.join(cwd, 'out/comparison.md'), 'utf8')).toMatch(
      /^\| quantizers +\| accuracy.*\n(\|.*\n){3}$/,
    );
    expect(readFileSync(path.join(cwd, 'out/comparison.svg'), 'utf8')).toMatch(/^<svg[^]*dorefa 1[^]*<\/svg>\n$/);
    expect(existsSync(path.join(cwd, 'out/dorefa-1-2/summary.json'))).toBe(true);

    const again = await lowbit(['compare', 'comparison.json', '--out', 'out', '--json'], cwd);
    expect(onlyJson(again)['rows']).toEqual(rows);
    expect(again.stderr).not.toMatch(/seed 1/);
  });

  it('crosses quantizers with bits beside the float twin, and leaves out what cannot be', async () => {
    const cwd = folderOf(files);
    const args = ['compare', 'tiny.json', '--quantizers', 'dorefa,lsq', '--bits', '1', '--out', 'out', '--json'];
    const { rows } = onlyJson(await lowbit(args, cwd)) as { rows: Record<string, unknown>[] };
    expect(rows.map(({ name }) => name)).toEqual(['float / relu', 'dorefa 1 / relu', 'lsq 1 / relu']);
    expect(rows[2]!['skipped']).toMatch(/no positive level/);
  });

  it.each([
    [['tiny.json'], 2, /there is nothing to compare.*--quantizers/],
    [['comparison.json', '--quantizers', 'lsq', '--bits', '2'], 2, /the config names its variants itself/],
    [['tiny.json', '--quantizers', 'lqs', '--bits', '2'], 2, /unknown quantizer 'lqs'.*lsq/],
    [['tiny.json', '--quantizers', 'lsq', '--bits', '2,x'], 2, /--bits.*received 'x'/],
  ])('refuses %j', async (args, code, message) => {
    const ended = await lowbit(['compare', ...args, '--out', 'out'], folderOf(files));
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(message);
  });
});
