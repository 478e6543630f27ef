/** What E. Kim, K.-H. Lee, W.-K. Sung, "Optimizing Spatial Shift Point-Wise Quantization", IEEE Access 2021, prints. */

/** A row of table 2: ImageNet. */
export interface PublishedModel {
  readonly label: string;
  /** Millions, and the decimals that are printed. */
  readonly parameters?: readonly [value: number, decimals: number];
  readonly megabytes: number;
  readonly sizeDecimals: number;
  /** Percent. */
  readonly top1: number;
  readonly informationDensity: number;
}

const row = (
  label: string,
  parameters: PublishedModel['parameters'],
  [megabytes, sizeDecimals]: readonly [number, number],
  top1: number,
  informationDensity: number,
): PublishedModel => ({ label, parameters, megabytes, sizeDecimals, top1, informationDensity });

export const TABLE_2 = {
  resnet50: row('ResNet50', [25.5, 1], [97.49, 2], 76.34, -0.106),
  asl50: row('ASL50', [22.21, 2], [84.74, 2], 72.28, -0.069),
  resIbShift50: row('ResIBShift50', [14.26, 2], [54.41, 2], 75.83, 0.144),
  mobileNetV2: row('MobileNet v.2', [3.5, 2], [13.04, 2], 72.2, 0.743),
  sspq50: row('SSPQ50', [14.26, 2], [9.78, 2], 73.66, 0.877),
  mobileNetV3Large: row('MobileNet v.3 large', [5.4, 1], [20.09, 2], 75.2, 0.573),
  mobileNetV3Small: row('MobileNet v.3 small', [2.5, 1], [9.3, 1], 67.4, 0.86),
  reActNetA: row('ReActNet-A', undefined, [4.56, 2], 69.4, 1.146),
  fracBnn: row('FracBNN', undefined, [4.56, 2], 71.8, 1.197),
  lSspq50: row('SSPQ50 v.2 (L-SSPQ50)', [11.64, 2], [3.55, 2], 73.92, 1.318),
} as const;

/** Rows of tables 3 and 4. Sizes in MB, accuracies in percent. */
export const TABLES_3_AND_4 = [
  {
    label: 'C10 L20-W4A4',
    heavy: { model: 'sspq20', megabytes: 0.34, accuracy: 88.71 },
    light: { model: 'l-sspq20', megabytes: 0.32, fixedRate3: 87.99, fixedRate4: 87.99, cosineRate: 88.97 },
  },
  {
    label: 'C10 L20wide-W4A4',
    heavy: { model: 'sspq20wide', megabytes: 1.51, accuracy: 91.86 },
    light: { model: 'l-sspq20wide', megabytes: 1.25, fixedRate3: 91.11, fixedRate4: 90.83, cosineRate: 91.11 },
  },
  {
    label: 'C100 L34-W8A8',
    heavy: { model: 'sspq34', megabytes: 0.64, accuracy: 63.7 },
    light: { model: 'l-sspq34', megabytes: 0.59, fixedRate3: 63.53, fixedRate4: 63.53, cosineRate: 64.72 },
  },
  {
    label: 'C100 L28wide-W8A8',
    heavy: { model: 'sspq28wide', megabytes: 0.82, accuracy: 68.97 },
    light: { model: 'l-sspq28wide', megabytes: 0.74, fixedRate3: 69.45, fixedRate4: 69.45, cosineRate: 70.49 },
  },
  {
    label: 'I1000 L50-W1A4',
    heavy: { model: 'sspq50', megabytes: 9.78, accuracy: 73.66 },
    light: { model: 'l-sspq50', megabytes: 3.55, fixedRate3: 73.39, fixedRate4: 73.39, cosineRate: 73.92 },
  },
] as const;

/** What figure 1's text gives: the classifier's share, percent, and its size, MB. §III-A, §IV-B. */
export const FIGURE_1 = {
  sspq50: { share: 82, megabytes: 8 },
  lSspq50: { share: 56, megabytes: 2 },
} as const;

/** Figures of the running text. */
export const TEXT = {
  /** Abstract and §III-A; §III-C prints 36.38. */
  ofSspq50: 36.28,
  ofSspq50Again: 36.38,
  ofResnet50: 3.56,
  ofMobileNetV3Small: 38.17,
  lossAgainstResnet50: 2.42,
  gainOverSspq50: 0.26,
  gainOverMobileNetV3Small: 6.47,
  gainOfCosineAndSecondStage: 0.48,
  leastGainOfCosine: 0.28,
  mostGainOfCosine: 1.19,
  gainOverSspq28wide: 1.52,
} as const;
