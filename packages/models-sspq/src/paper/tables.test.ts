import { informationDensity } from '@lowbit/quant-core';
import { describe, expect, it } from 'vitest';
import { agrees, type Comparison, type ComparisonRow } from './comparison.js';
import { formatPaperTables } from './format.js';
import { paperTables } from './tables.js';

const tables = new Map(paperTables().map((table) => [table.id, table]));
const table = (id: string): Comparison => tables.get(id)!;

/** A row by the beginning of its label; of its variants with a second one. */
function row(id: string, label: string, variant?: string): ComparisonRow {
  const found = table(id).rows.find((each) => each.label.startsWith(label))!;
  return variant === undefined ? found : found.variants!.find((each) => each.label.startsWith(variant))!;
}

function figure({ figures }: ComparisonRow, quantity: string) {
  return figures.find((each) => each.quantity === quantity)!;
}

const ok = (of: ComparisonRow, quantity: string) => agrees(figure(of, quantity));

describe('agreement', () => {
  const of = (published: number, computed: number, decimals: number) =>
    agrees({ quantity: '', published, computed, decimals });

  it('holds where the computed figure is rounded or cut to the printed one, and nowhere else', () => {
    expect(of(3.55, 3.5507, 2)).toBe(true);
    expect(of(3.55, 3.6527, 2)).toBe(false);
    expect(of(25.5, 25.557, 1)).toBe(true);
    expect(of(25.5, 25.6, 1)).toBe(false);
    expect(of(9.79, 9.7872, 2)).toBe(true);
    expect(of(9.8, 9.7872, 2)).toBe(false);
    expect(of(-0.069, -0.0691, 3)).toBe(true);
  });

  it('is not a question where one side is missing', () => {
    expect(agrees({ quantity: '', published: 1, decimals: 1 })).toBeUndefined();
    expect(agrees({ quantity: '', computed: 1, decimals: 1 })).toBeUndefined();
  });
});

describe('table 2', () => {
  it('agrees on the float models but ASL50, whose layer allocates too few offsets', () => {
    for (const model of ['ResNet50', 'ResIBShift50']) {
      expect(ok(row('table 2', model), 'parameters, M')).toBe(true);
      expect(ok(row('table 2', model), 'size, MB')).toBe(true);
    }
    expect(figure(row('table 2', 'ASL50'), 'parameters, M').computed).toBe(22.231976);
    expect(ok(row('table 2', 'ASL50'), 'size, MB')).toBe(false);
    expect(figure(row('table 2', 'ASL50', '2·w offsets a block'), 'parameters, M').computed).toBe(22.213288);
    expect(ok(row('table 2', 'ASL50', '2·w offsets a block'), 'size, MB')).toBe(true);
    expect(figure(row('table 2', 'ASL50', '2·w offsets, BN'), 'parameters, M').computed).toBe(22.217);
  });

  it('says which rules give the published sizes of the quantized models', () => {
    expect(figure(row('table 2', 'SSPQ50'), 'size, MB').computed).toBe(9.81665625);
    expect(figure(row('table 2', 'SSPQ50', 'without the shifts'), 'size, MB').computed).toBeCloseTo(9.7872, 4);
    expect(figure(row('table 2', 'SSPQ50', 'without the first'), 'size, MB').computed).toBeCloseTo(9.7799, 4);
    expect(figure(row('table 2', 'SSPQ50 v.2'), 'size, MB').computed).toBe(3.65265625);
    expect(ok(row('table 2', 'SSPQ50 v.2'), 'size, MB')).toBe(false);
    const published = row('table 2', 'SSPQ50 v.2', 'without the second BN');
    expect(ok(published, 'size, MB')).toBe(true);
    expect(ok(published, 'parameters, M')).toBe(true);
    expect(ok(published, 'I.D.')).toBe(true);
  });

  it('finds every information density right but one', () => {
    const wrong = table('table 2').rows.filter((each) => ok(each, 'I.D.') === false);
    expect(wrong.map(({ label }) => label)).toEqual(['ReActNet-A']);
    expect(figure(wrong[0]!, 'I.D.').computed).toBeCloseTo(1.1824, 4);
  });

  it.each([
    [73.92, 3.55, 1.3185],
    [73.66, 9.78, 0.8769],
    [76.34, 97.49, -0.1062],
    [72.28, 84.74, -0.0691],
    [75.83, 54.41, 0.1442],
    [72.2, 13.04, 0.7433],
    [75.2, 20.09, 0.5732],
    [67.4, 9.3, 0.8602],
    [71.8, 4.56, 1.1972],
  ])('information density of %f %% in %f MB is %f', (accuracy, megabytes, density) => {
    expect(informationDensity(accuracy / 100, megabytes)).toBeCloseTo(density, 4);
  });
});

describe('tables 3 and 4', () => {
  it('find no rule that gives the printed CIFAR sizes, and say how near each comes', () => {
    const cifar = table('table 3').rows.slice(0, 4);
    for (const rule of [0, 1, 2, 3, 4, 5, 6]) {
      const figures = cifar.flatMap((each) => [each, ...each.variants!][rule]!.figures);
      expect(figures.filter((each) => agrees(each)).length).toBeLessThan(4);
    }
    // the nearest ones of the spec
    const computed = (label: string, variant: string) =>
      ['SSPQ, MB', 'L-SSPQ, MB'].map((quantity) =>
        figure(row('table 3', label, variant), quantity).computed!.toFixed(3),
      );
    expect(computed('C100 L28wide', '×1, 4 values')).toEqual(['0.815', '0.741']);
    expect(computed('C100 L34', '×1, only shortcuts')).toEqual(['0.654', '0.588']);
    expect(computed('C10 L20-', '×1, only shortcuts')).toEqual(['0.354', '0.289']);
    expect(computed('C10 L20-', "×4, the CIFAR script's")).toEqual(['0.329', '0.271']);
  });

  it('mark accuracies as published only, and derive the gains that the text states', () => {
    for (const id of ['table 2', 'table 3', 'table 4']) {
      const accuracies = table(id).rows.flatMap(({ figures }) =>
        figures.filter(({ quantity }) => quantity.endsWith(', %')),
      );
      expect(accuracies.length).toBeGreaterThan(0);
      expect(accuracies.every(({ computed }) => computed === undefined)).toBe(true);
    }
    const gains = table('table 4').rows.map((each) => figure(each, 'clr − flr').computed!.toFixed(2));
    expect(gains).toEqual(['0.98', '0.28', '1.19', '1.04', '0.53']);
  });
});

describe('the figures and the text', () => {
  it('figure 1: kinds of layer, in KiB, and the share of the classifier', () => {
    const kib = row('figure 1', 'SSPQ50')
      .figures.slice(0, 5)
      .map(({ computed }) => computed!.toFixed(1));
    expect(kib).toEqual(['36.8', '29.5', '1480.5', '8003.9', '266.0']);
    expect(ok(row('figure 1', 'SSPQ50'), 'FC, %')).toBe(true);
    expect(ok(row('figure 1', 'L-SSPQ50'), 'FC, %')).toBe(false);
    expect(ok(row('figure 1', 'L-SSPQ50', 'without'), 'FC, %')).toBe(true);
  });

  it("figure 4: the models by density, in the order of the paper's densities", () => {
    const rows = table('figure 4').rows;
    const published = rows.map((each) => figure(each, 'I.D.').published!);
    expect(published).toEqual([...published].sort((a, b) => b - a));
    expect(rows[0]!.label).toBe('SSPQ50 v.2 (L-SSPQ50)');
  });

  it('the text: which of its figures follow', () => {
    const wrong = table('text').rows.filter((each) => ok(each, '%') === false && !each.variants);
    expect(wrong.map(({ label }) => label)).toEqual(['gain over MobileNet v.3 small', 'gain of L-SSPQ50 clr over flr']);
    for (const label of ["L-SSPQ50's size, % of SSPQ50's", "L-SSPQ50's size, % of ResNet50's"]) {
      expect(ok(row('text', label), '%')).toBe(false);
      expect(ok(row('text', label, 'without'), '%')).toBe(true);
    }
  });
});

describe('as text', () => {
  const lines = formatPaperTables().split('\n');
  const line = (start: string) => lines.find((each) => each.startsWith(start))!;

  it('shows agreement, difference, and what only one side has', () => {
    expect(line('ResIBShift50')).toMatch(
      /14\.26 = 14\.26 {2}54\.41 = 54\.41 {3}\(75\.83\) {4}0\.144 = 0\.144 {11}\[0\.144\]$/,
    );
    expect(line('ReActNet-A')).toContain('1.146 ≠ 1.182');
  });

  it('has every table, figure and note', () => {
    for (const { id, title, notes } of tables.values()) {
      expect(lines).toContain(`${id.toUpperCase()}: ${title}`);
      for (const note of notes) expect(lines).toContain(`- ${note}`);
    }
    expect(lines.every((each) => each === each.trimEnd())).toBe(true);
  });
});
