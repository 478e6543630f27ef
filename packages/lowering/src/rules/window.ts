import type { Pads, Pair } from '@lowbit/graph';
import type { LoweredValue } from '../draft.js';
import { partsOf, type Layer } from '../layer.js';
import type { LayerScope } from '../scope.js';

/** A window as it moves over rows and columns; of a value with one axis of places over columns alone. */
export interface MovingWindow {
  readonly size: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
  /** Shape of the places of the result. */
  readonly places: readonly number[];
}

/**
 * The window of a layer over a value [height, width, channels] or [width, channels].
 *
 * @param size of the window, along as many axes as the value has places
 * @throws LowbitError ('unsupported') channels that come first; a padding that is neither 'same' nor 'valid'
 */
export function windowOf(
  scope: LayerScope,
  layer: Layer,
  { shape }: LoweredValue,
  size: readonly number[],
): MovingWindow {
  const { strides, padding, dilationRate = 1 } = partsOf(layer);
  checkLayout(scope, layer);
  if (padding !== 'same' && padding !== 'valid') {
    throw scope.refuse('a padding that the graph does not have', "take 'same' or 'valid'", padding);
  }
  const dilations = typeof dilationRate === 'number' ? shape.slice(0, -1).map(() => dilationRate) : dilationRate;
  const axes = shape.slice(0, -1).map((places, i) => {
    const span = (size[i]! - 1) * dilations[i]! + 1;
    const results =
      padding === 'same' ? Math.ceil(places / strides[i]!) : Math.floor((places - span) / strides[i]!) + 1;
    const zeros = padding === 'same' ? Math.max((results - 1) * strides[i]! + span - places, 0) : 0;
    return { results, before: Math.floor(zeros / 2), after: Math.ceil(zeros / 2) };
  });
  const [rows, columns] = [axes.at(-2) ?? { before: 0, after: 0 }, axes.at(-1)!];
  return {
    size: pair(size),
    strides: pair(strides),
    dilations: pair(dilations),
    pads: [rows.before, columns.before, rows.after, columns.after],
    places: axes.map(({ results }) => results),
  };
}

/** @throws LowbitError ('unsupported') channels that come first */
export function checkLayout(scope: LayerScope, layer: Layer): void {
  const { dataFormat = 'channelsLast' } = partsOf(layer);
  if (dataFormat !== 'channelsLast') {
    throw scope.refuse('channels that come first', "build the model with dataFormat 'channelsLast'", dataFormat);
  }
}

function pair(sizes: readonly number[]): Pair {
  return sizes.length === 1 ? [1, sizes[0]!] : [sizes[0]!, sizes[1]!];
}
