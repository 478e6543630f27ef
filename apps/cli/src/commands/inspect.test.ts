import { describe, expect, it } from 'vitest';
import { folderOf, lowbit, onlyJson, TINY } from '../testing/lowbit.js';

const cwd = folderOf({ 'tiny.json': { ...TINY, model: { ...TINY.model, weights: { quantizer: 'dorefa', bits: 2 } } } });

describe('lowbit inspect', () => {
  // 11,668,520 parameters, 3652.66 KiB: L-SSPQ50 as its authors' code has it
  it('counts a model by its name', async () => {
    const ended = await lowbit(['inspect', 'l-sspq50', '--json', '--accuracy', '0.7392'], cwd);
    const { parameters, kilokibibytes, informationDensity } = onlyJson(ended) as Record<string, never>;
    expect(parameters).toBe(11_668_520);
    expect(kilokibibytes).toBeCloseTo(3.65266, 5);
    expect(informationDensity).toMatchObject({ kilokibibytes: expect.closeTo(Math.log10(73.92 / 3.65266), 4) });
    expect(ended.stderr).toContain('11,668,520');
  });

  it('counts it for other options, shapes and classes', async () => {
    const args = [
      'inspect',
      'l-sspq20',
      '--set',
      'weights=float',
      '--input-shape',
      '32,32,1',
      '--classes',
      '3',
      '--json',
    ];
    const { bits, parameters, perLayer } = onlyJson(await lowbit(args, cwd)) as Record<string, never>;
    expect(bits).toBe(32 * parameters);
    expect(perLayer).toContainEqual(expect.objectContaining({ layer: 'stem/conv', count: 9 * 16 }));
    expect(perLayer).toContainEqual(expect.objectContaining({ layer: 'classifier/dense', weight: 'bias', count: 3 }));
  });

  it('shows the size of a run, and its density once it has an accuracy', async () => {
    const { size, metrics, informationDensity } = onlyJson(
      await lowbit(['train', 'tiny.json', '--out', 'run', '--json'], cwd),
    ) as Record<string, never>;
    const shown = onlyJson(await lowbit(['inspect', 'run', '--json'], cwd));
    expect(shown).toMatchObject({ run: 'run', model: 'l-sspq-digits', metrics, ...(size as object) });
    expect(shown.informationDensity).toMatchObject({ kilokibibytes: informationDensity });
  });

  it("prints the paper's tables", async () => {
    const ended = await lowbit(['inspect', '--paper', '--json'], cwd);
    expect(onlyJson(ended).tables).toContainEqual(expect.objectContaining({ id: 'table 2' }));
    expect(ended.stderr).toContain('TABLE 2');
  });

  it('suggests the names that are near', async () => {
    const { code, stderr } = await lowbit(['inspect', 'l-sspq20x'], cwd);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^error: no run folder and no model, in lowbit inspect, received 'l-sspq20x'; did you mean 'l-sspq20'/,
      ),
    ]);
  });
});
