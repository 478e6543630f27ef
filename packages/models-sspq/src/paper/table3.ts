import type { ModelSize } from '@lowbit/quant-core';
import { agrees, type Comparison, type ComparisonRow, type Figure } from './comparison.js';
import { TABLES_3_AND_4 } from './published.js';
import { sizeOf, withFloatPointwise, withMovingStatistics } from './sizes.js';
import { inUnit, type Unit } from './table2.js';

type Published = (typeof TABLES_3_AND_4)[number];

/** A way to count the CIFAR models. */
interface Rule {
  readonly label: string;
  readonly expansion: 1 | 4;
  readonly script?: 'cifar';
  readonly unit: Unit;
  readonly recount?: (size: ModelSize) => ModelSize;
}

const RULES: readonly Rule[] = [
  { label: '×4, MiB', expansion: 4, unit: 'MiB' },
  { label: '×4, KiB/1000', expansion: 4, unit: 'KiB/1000' },
  { label: "×4, the CIFAR script's biases and BN, KiB/1000", expansion: 4, script: 'cifar', unit: 'KiB/1000' },
  { label: '×1, MiB', expansion: 1, unit: 'MiB' },
  { label: '×1, KiB/1000', expansion: 1, unit: 'KiB/1000' },
  { label: '×1, 4 values a BN channel, KiB/1000', expansion: 1, unit: 'KiB/1000', recount: withMovingStatistics },
  { label: '×1, only shortcuts quantized, MiB', expansion: 1, unit: 'MiB', recount: withFloatPointwise },
];

export function table3(): Comparison {
  const cifar = TABLES_3_AND_4.slice(0, -1);
  const imagenet = TABLES_3_AND_4.at(-1)!;
  const rows = cifar.map((published): ComparisonRow => {
    const [first, ...others] = RULES.map((rule) => ({ label: rule.label, figures: figures(published, rule) }));
    return { label: `${published.label} (${first!.label})`, figures: first!.figures, variants: others };
  });
  const score = RULES.map((rule) => {
    const all = cifar.flatMap((published) => figures(published, rule));
    return `${rule.label}: ${all.filter((figure) => agrees(figure)).length} of ${2 * cifar.length}`;
  });
  return {
    id: 'table 3',
    title: 'Sizes and accuracies of SSPQ and L-SSPQ',
    rows: [...rows, imagenetRow(imagenet)],
    notes: [
      `No single way to count gives the CIFAR sizes. Printed sizes that each gives: ${score.join('; ')}.`,
      'L20wide (W4, 9 blocks) cannot be larger than L28wide (W8, 13 blocks of the same widths) under one rule.',
      'The uploaded CIFAR script has no expansion and, by the names of its variables, quantizes only the projection shortcuts.',
      'L50: see table 2. Accuracies are published, not trained here; the "flr" column of L20wide repeats what table 4 gives for "clr".',
    ],
  };
}

function figures(published: Published, { expansion, script, unit, recount = (size) => size }: Rule): Figure[] {
  const { heavy, light } = published;
  const size = (name: Published['heavy' | 'light']['model']) =>
    inUnit(recount(sizeOf(name, { expansion, script })).bits, unit);
  return rowFigures(published, size(heavy.model), size(light.model));
}

function imagenetRow(published: Published): ComparisonRow {
  const size = (name: 'sspq50' | 'l-sspq50', secondBn: boolean) => inUnit(sizeOf(name, { secondBn }).bits, 'KiB/1000');
  const row = (label: string, secondBn: boolean) => ({
    label,
    figures: rowFigures(published, size('sspq50', secondBn), size('l-sspq50', secondBn)),
  });
  return {
    ...row(`${published.label} (×4, KiB/1000)`, true),
    variants: [row('×4, KiB/1000, without the second BN of a block', false)],
  };
}

function rowFigures({ heavy, light }: Published, heavySize: number, lightSize: number): Figure[] {
  return [
    { quantity: 'SSPQ, MB', published: heavy.megabytes, decimals: 2, computed: heavySize },
    { quantity: 'SSPQ, %', published: heavy.accuracy, decimals: 2 },
    { quantity: 'L-SSPQ, MB', published: light.megabytes, decimals: 2, computed: lightSize },
    { quantity: 'L-SSPQ flr, %', published: light.fixedRate3, decimals: 2 },
  ];
}
