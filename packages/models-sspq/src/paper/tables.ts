import type { Comparison } from './comparison.js';
import { figure1, figure4 } from './figures.js';
import { table2 } from './table2.js';
import { table3 } from './table3.js';
import { table4 } from './table4.js';
import { textFigures } from './text.js';

/**
 * What the L-SSPQ paper prints in tables 2 to 4, figures 1 and 4 and its text, beside what the models here count to.
 * Accuracies are published ones only. Makes no tensor.
 */
export function paperTables(): Comparison[] {
  return [table2(), table3(), table4(), figure1(), figure4(), textFigures()];
}
