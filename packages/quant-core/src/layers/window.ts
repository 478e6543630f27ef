import { LowbitError, type Window } from '@lowbit/plugin-api';
import type { StockLayer } from './stock.js';

/**
 * The window that a convolution moves over its input.
 *
 * @throws LowbitError ('config') a layer without one, or one whose channels come first
 */
export function windowOf(layer: StockLayer): Window {
  const { kernelSize, strides, padding, dilationRate, dataFormat } = layer;
  if (kernelSize?.length === 2 && dataFormat === 'channelsLast') {
    const [height, width] = kernelSize as [number, number];
    const [rows, columns] = typeof dilationRate === 'number' ? [dilationRate, dilationRate] : dilationRate;
    return { kernelSize: [height, width], strides, padding, dilationRate: [rows, columns] };
  }
  throw new LowbitError('config', {
    what: 'the quantizer of the input scales the result of a two-dimensional convolution, which this layer is not',
    where: `layer '${layer.name}'`,
    received: layer.getClassName(),
    hint: 'leave out that option of the quantizer',
  });
}
