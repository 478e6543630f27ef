import { kilokibibytes, mebibytes, type ModelSize } from '@lowbit/quant-core';
import { textTable } from './text-table.js';

const whole = new Intl.NumberFormat('en-US');

/**
 * A size as text: a line for each kind of layer with its parameters, bits a parameter, KiB and share, and the sum in KiB, MiB
 * and thousands of KiB.
 *
 * @param perLayer whether to list every weight as well; false by default
 */
export function formatSize(size: ModelSize, perLayer = false): string {
  const head = ['parameters', 'bits each', 'KiB', 'share'];
  const cells = (parameters: number, bits: number) => [
    whole.format(parameters),
    each(bits, parameters),
    (bits / 8 / 1024).toFixed(2),
    `${((100 * bits) / size.bits).toFixed(1)} %`,
  ];
  const kinds = size.perKind.map(({ kind, parameters, bits }) => [kind, ...cells(parameters, bits)]);
  const table = textTable([['kind', ...head], ...kinds, ['all', ...cells(size.parameters, size.bits)]]);
  const sum = `${whole.format(size.bytes)} bytes = ${mebibytes(size.bits).toFixed(3)} MiB = ${kilokibibytes(size.bits).toFixed(3)} thousand KiB`;
  if (!perLayer) return `${table}\n${sum}`;
  const weights = size.perLayer.map(({ layer, weight, count, bits }) => [
    `${layer}/${weight}`,
    ...cells(count, count * bits),
  ]);
  return `${textTable([['weight', ...head], ...weights])}\n\n${table}\n${sum}`;
}

function each(bits: number, parameters: number): string {
  const average = bits / parameters;
  return Number.isInteger(average) ? String(average) : average.toFixed(2);
}
