import type { Comparison } from './comparison.js';
import { TABLES_3_AND_4 } from './published.js';

export function table4(): Comparison {
  return {
    id: 'table 4',
    title: 'Accuracies with a fixed (flr) and a cosine learning rate (clr)',
    rows: TABLES_3_AND_4.map(({ label, heavy, light }) => ({
      label,
      figures: [
        { quantity: 'SSPQ, %', published: heavy.accuracy, decimals: 2 },
        { quantity: 'L-SSPQ flr, %', published: light.fixedRate4, decimals: 2 },
        { quantity: 'L-SSPQ clr, %', published: light.cosineRate, decimals: 2 },
        { quantity: 'clr − flr', decimals: 2, computed: light.cosineRate - light.fixedRate4 },
        { quantity: 'clr − SSPQ', decimals: 2, computed: light.cosineRate - heavy.accuracy },
      ],
    })),
    notes: [
      'Accuracies are published, not trained here; the gains are their differences.',
      'The public ImageNet scripts never install their weight quantizer, and the CIFAR scripts quantize only the shortcuts: the published accuracies may belong to nets with mostly float weights.',
    ],
  };
}
