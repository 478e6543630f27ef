import type { Comparison, ComparisonRow } from './comparison.js';
import { TABLE_2, TABLES_3_AND_4, TEXT } from './published.js';
import { sizeOf, withoutShifts } from './sizes.js';

/** Figures that the paper's text states, computed again: from counted sizes, or from its own tables. */
export function textFigures(): Comparison {
  const sspq50 = sizeOf('sspq50').bits;
  const lSspq50 = sizeOf('l-sspq50').bits;
  const narrow = sizeOf('l-sspq50', { secondBn: false }).bits;
  const resnet50 = sizeOf('resnet50').bits;
  const published = TABLE_2.lSspq50;
  const gains = TABLES_3_AND_4.map(({ light }) => light.cosineRate - light.fixedRate4);
  const wide = TABLES_3_AND_4[3];
  const ofSspq50 = (100 * narrow) / withoutShifts(sizeOf('sspq50')).bits;
  return {
    id: 'text',
    title: 'Figures of the text',
    rows: [
      row("L-SSPQ50's size, % of SSPQ50's", TEXT.ofSspq50, (100 * lSspq50) / sspq50, [
        row('without the second BN, and SSPQ50 without its shifts', TEXT.ofSspq50, ofSspq50),
        row('the same as §III-C prints it', TEXT.ofSspq50Again, ofSspq50),
      ]),
      row("L-SSPQ50's size, % of ResNet50's", TEXT.ofResnet50, (100 * lSspq50) / resnet50, [
        row('without the second BN', TEXT.ofResnet50, (100 * narrow) / resnet50),
      ]),
      row(
        "L-SSPQ50's size, % of MobileNet v.3 small's",
        TEXT.ofMobileNetV3Small,
        (100 * published.megabytes) / TABLE_2.mobileNetV3Small.megabytes,
      ),
      row('loss against ResNet50', TEXT.lossAgainstResnet50, TABLE_2.resnet50.top1 - published.top1),
      row('gain over SSPQ50', TEXT.gainOverSspq50, published.top1 - TABLE_2.sspq50.top1),
      row(
        'gain over MobileNet v.3 small',
        TEXT.gainOverMobileNetV3Small,
        published.top1 - TABLE_2.mobileNetV3Small.top1,
      ),
      row('gain of L-SSPQ50 clr over flr', TEXT.gainOfCosineAndSecondStage, gains.at(-1)!),
      row('least gain of clr over flr', TEXT.leastGainOfCosine, Math.min(...gains)),
      row('most gain of clr over flr', TEXT.mostGainOfCosine, Math.max(...gains)),
      row('gain of L28wide clr over SSPQ28wide', TEXT.gainOverSspq28wide, wide.light.cosineRate - wide.heavy.accuracy),
    ],
    notes: [
      'Gains and losses are differences of published accuracies, in points; three of the figures do not follow from the tables.',
    ],
  };
}

function row(label: string, published: number, computed: number, variants?: ComparisonRow[]): ComparisonRow {
  return { label, figures: [{ quantity: '%', published, computed, decimals: 2 }], variants };
}
