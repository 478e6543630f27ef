import { informationDensity, kilokibibytes, mebibytes, type ModelSize } from '@lowbit/quant-core';
import type { Comparison, ComparisonRow, Figure } from './comparison.js';
import { TABLE_2, type PublishedModel } from './published.js';
import { sizeOf, withInnerShifts, withoutShifts, withoutStem } from './sizes.js';
import { asl50 } from '../models.js';
import { planSize } from '../plan/size.js';

/** Bits as the paper's "MB": MiB for its float models, 1000 KiB for its quantized ones. */
export type Unit = 'MiB' | 'KiB/1000';

export function inUnit(bits: number, unit: Unit): number {
  return unit === 'MiB' ? mebibytes(bits) : kilokibibytes(bits);
}

/** A model of table 2 with its computed size; `size` is absent for those that this package does not build. */
export interface Point {
  readonly published: PublishedModel;
  readonly size?: ModelSize;
  readonly unit: Unit;
  readonly variants: readonly { readonly rule: string; readonly size: ModelSize }[];
}

/** The models of table 2 and figure 4. */
export function imagenetPoints(): Point[] {
  const sspq50 = sizeOf('sspq50');
  const uploadedAsl = sizeOfAsl(true);
  const publishedAsl = sizeOfAsl(false);
  const point = (
    published: PublishedModel,
    unit: Unit = 'MiB',
    size?: ModelSize,
    variants: Point['variants'] = [],
  ) => ({
    published,
    unit,
    size,
    variants,
  });
  return [
    point(TABLE_2.resnet50, 'MiB', sizeOf('resnet50')),
    point(TABLE_2.asl50, 'MiB', sizeOf('asl50'), [
      { rule: '2·w offsets a block', size: publishedAsl },
      { rule: '2·w offsets, BN in every block (uploaded code)', size: uploadedAsl },
    ]),
    point(TABLE_2.resIbShift50, 'MiB', sizeOf('resibshift50')),
    point(TABLE_2.mobileNetV2),
    point(TABLE_2.sspq50, 'KiB/1000', sspq50, [
      { rule: 'without the shifts', size: withoutShifts(sspq50) },
      { rule: 'without the first convolution', size: withoutStem(sspq50) },
    ]),
    point(TABLE_2.mobileNetV3Large),
    point(TABLE_2.mobileNetV3Small),
    point(TABLE_2.reActNetA),
    point(TABLE_2.fracBnn),
    point(TABLE_2.lSspq50, 'KiB/1000', sizeOf('l-sspq50'), [
      { rule: 'without the second BN of a block', size: sizeOf('l-sspq50', { secondBn: false }) },
    ]),
  ];
}

function sizeOfAsl(firstPreactivation: boolean): ModelSize {
  return withInnerShifts(planSize(asl50.plan({ firstPreactivation })), [64, 128, 256, 512]);
}

export function table2(): Comparison {
  return {
    id: 'table 2',
    title: 'ImageNet: parameters, size, information density',
    rows: imagenetPoints().map(tableRow),
    notes: [
      "The paper's MB are MiB for float models and thousands of KiB for quantized ones; the computed sizes follow it.",
      'Accuracies are published, not trained here. "I.D." is of the published accuracy and the published size, "I.D. of computed" of the computed size.',
      'ResNet50: 25.557 million, printed cut off.',
      "ASL50: the authors' layer has 2·w offsets in each block although the tensor that it shifts has more channels; with two for each channel the count is the one given here. The published count has no BN in the first block of a group, the uploaded code has.",
      'SSPQ50: 9.82 with everything counted; 9.79 (so the SSPQ repository) without the offsets of the shifts, 9.78 (so the paper) without the first convolution.',
      'L-SSPQ50: the uploaded structure has two batch norms of full width in a block; the published count and size are those without the second (secondBn: false).',
      'ReActNet-A: 69.4 % and 4.56 MB make 1.182; the paper prints 1.146.',
    ],
  };
}

function tableRow({ published, size, unit, variants }: Point): ComparisonRow {
  return {
    label: published.label,
    figures: figures(published, unit, size),
    variants: variants.map((variant) => ({ label: variant.rule, figures: figures(published, unit, variant.size) })),
  };
}

function figures(published: PublishedModel, unit: Unit, size?: ModelSize): Figure[] {
  const { parameters, megabytes, sizeDecimals, top1 } = published;
  const computedSize = size && inUnit(size.bits, unit);
  return [
    {
      quantity: 'parameters, M',
      published: parameters?.[0],
      decimals: parameters?.[1] ?? 2,
      computed: size && size.parameters / 1e6,
    },
    { quantity: 'size, MB', published: megabytes, decimals: sizeDecimals, computed: computedSize },
    { quantity: 'top-1, %', published: top1, decimals: 2 },
    {
      quantity: 'I.D.',
      published: published.informationDensity,
      decimals: 3,
      computed: informationDensity(top1 / 100, megabytes),
    },
    {
      quantity: 'I.D. of computed',
      decimals: 3,
      computed: computedSize && informationDensity(top1 / 100, computedSize),
    },
  ];
}
