import type { LayerKind } from '@lowbit/plugin-api';
import { informationDensity, type ModelSize } from '@lowbit/quant-core';
import type { Comparison, Figure } from './comparison.js';
import { FIGURE_1 } from './published.js';
import { sizeOf } from './sizes.js';
import { imagenetPoints, inUnit } from './table2.js';

/** Figure 1's kinds of layer, in its order. */
const KINDS: readonly (readonly [label: string, kind: LayerKind])[] = [
  ['3×3 and 7×7, KiB', 'conv'],
  ['shift, KiB', 'shift'],
  ['1×1, KiB', 'pointwise'],
  ['FC, KiB', 'dense'],
  ['BN, KiB', 'batch-norm'],
];

export function figure1(): Comparison {
  return {
    id: 'figure 1',
    title: 'Where the bytes are, by kind of layer',
    rows: [
      { label: 'ResNet50', figures: kindFigures(sizeOf('resnet50')) },
      { label: 'SSPQ50', figures: kindFigures(sizeOf('sspq50'), FIGURE_1.sspq50) },
      {
        label: 'L-SSPQ50',
        figures: kindFigures(sizeOf('l-sspq50'), FIGURE_1.lSspq50),
        variants: [
          {
            label: 'without the second BN of a block',
            figures: kindFigures(sizeOf('l-sspq50', { secondBn: false }), FIGURE_1.lSspq50),
          },
        ],
      },
    ],
    notes: [
      "The figure's bars carry no numbers in the text; published are the classifier's size and share (§III-A, §IV-B).",
      'The classifier is float: 2048·1000 and 512·1000 weights at 32 bits are the 8 and 2 "MB" of the paper.',
      "L-SSPQ50's 56 % is of the size without the second BN of a block.",
    ],
  };
}

function kindFigures(size: ModelSize, published?: { share: number; megabytes: number }): Figure[] {
  const bits = (kind: LayerKind) => size.perKind.find((each) => each.kind === kind)?.bits ?? 0;
  const dense = bits('dense');
  return [
    ...KINDS.map(([quantity, kind]) => ({ quantity, decimals: 1, computed: bits(kind) / 8 / 1024 })),
    { quantity: 'FC, MB', published: published?.megabytes, decimals: 0, computed: inUnit(dense, 'KiB/1000') },
    { quantity: 'FC, %', published: published?.share, decimals: 0, computed: (100 * dense) / size.bits },
  ];
}

export function figure4(): Comparison {
  const points = imagenetPoints().map(({ published, size, unit }) => {
    const megabytes = size ? inUnit(size.bits, unit) : published.megabytes;
    return { published, computed: size && megabytes, density: informationDensity(published.top1 / 100, megabytes) };
  });
  return {
    id: 'figure 4',
    title: '(a) accuracy over size, (b) information density: the densest model first',
    rows: points
      .sort((a, b) => b.density - a.density)
      .map(({ published, computed, density }) => ({
        label: published.label,
        figures: [
          { quantity: 'size, MB', published: published.megabytes, decimals: published.sizeDecimals, computed },
          { quantity: 'top-1, %', published: published.top1, decimals: 2 },
          { quantity: 'I.D.', published: published.informationDensity, decimals: 3, computed: density },
        ],
      })),
    notes: [
      "The figure plots table 2. I.D. is of the published accuracy and the computed size, or the published size of a model that is not built here; the order is the paper's.",
      'Where sizes differ, see table 2.',
    ],
  };
}
