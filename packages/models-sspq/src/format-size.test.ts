import { describe, expect, it } from 'vitest';
import { formatSize } from './format-size.js';
import { lSspq50, lSspqDigits } from './models.js';
import { planSize } from './plan/size.js';

describe('a size as text', () => {
  it('has a line for each kind, and the sum in each unit', () => {
    expect(formatSize(planSize(lSspq50.plan())).split('\n')).toEqual([
      'kind        parameters  bits each      KiB    share',
      '---------------------------------------------------',
      'conv             9,408         32    36.75    1.0 %',
      'batch-norm      59,904         32   234.00    6.4 %',
      'pointwise   11,079,680          1  1352.50   37.0 %',
      'shift            6,528         32    25.50    0.7 %',
      'dense          513,000         32  2003.91   54.9 %',
      'all         11,668,520       2.56  3652.66  100.0 %',
      '3,740,320 bytes = 3.567 MiB = 3.653 thousand KiB',
    ]);
  });

  it('lists every weight when asked', () => {
    const size = planSize(lSspqDigits.plan());
    const lines = formatSize(size, true).split('\n');
    for (const { layer, weight } of size.perLayer) {
      expect(lines.filter((line) => line.startsWith(`${layer}/${weight} `))).toHaveLength(1);
    }
  });
});
