import { describe, expect, it } from 'vitest';
import { metricsText, sizeReport, sizeText } from './report.js';

const perLayer = [
  { layer: 'stem', weight: 'kernel', kind: 'conv', count: 100, bits: 32, trainable: true },
  { layer: 'point', weight: 'kernel', kind: 'pointwise', count: 80_000, bits: 1, trainable: true },
] as const;
const size = {
  parameters: 80_100,
  bits: 83_200,
  bytes: 10_400,
  perLayer,
  perKind: [
    { kind: 'conv', parameters: 100, bits: 3200 },
    { kind: 'pointwise', parameters: 80_000, bits: 80_000 },
  ],
} as const;

describe('sizeReport', () => {
  it('has both units, and the density in both', () => {
    const report = sizeReport(size, 0.9);
    expect(report.mebibytes).toBeCloseTo(10_400 / 2 ** 20, 12);
    expect(report.kilokibibytes).toBeCloseTo(10.4 / 1024, 12);
    expect(report.informationDensity!.mebibytes).toBeCloseTo(Math.log10(90 / (10_400 / 2 ** 20)), 12);
    expect(report.informationDensity!.kilokibibytes).toBeCloseTo(Math.log10(90 / (10.4 / 1024)), 12);
  });

  it('has no density without an accuracy, or for one of 0', () => {
    expect(sizeReport(size)).not.toHaveProperty('informationDensity');
    expect(sizeReport(size, 0)).not.toHaveProperty('informationDensity');
  });
});

describe('sizeText', () => {
  it('sums up by kind', () => {
    expect(sizeText(sizeReport(size)).split('\n')).toEqual([
      'kind       parameters  bits each   bytes',
      'conv              100         32     400',
      'pointwise      80,000          1  10,000',
      'all            80,100       1.04  10,400',
      '',
      'size                 0.0099 MiB, 0.0102 thousand KiB',
    ]);
  });

  it('lists each weight on request', () => {
    expect(sizeText(sizeReport(size), { perLayer: true })).toMatch(/^point +kernel +pointwise +80,000 +1 +10,000$/m);
  });
});

describe('metricsText', () => {
  it('has a line for each split, with the best of it', () => {
    const metrics = {
      loss: 0.1,
      accuracy: 0.97,
      testLoss: 0.25,
      testAccuracy: 0.9,
      bestTestAccuracy: 0.91,
      bestTestLoss: 0.24,
      bestEpoch: 7,
    };
    expect(metricsText(metrics).split('\n')).toEqual([
      'train      accuracy 97.00 %, loss 0.1000',
      'test       accuracy 90.00 %, loss 0.2500; best, in epoch 7: accuracy 91.00 %, loss 0.2400',
    ]);
  });
});
