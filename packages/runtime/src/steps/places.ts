// Shifts and pools.
import type { Value } from '@lowbit/graph';
import { factorTable, integersOf, meaningsOf } from '../convolution/parameters.js';
import { inTurn } from '../plan/calls.js';
import { imageOf, itemBytes, sizeOf, type PlanStep, type Step, type StepSource } from '../plan/step.js';
import { FIRST, itemsAt, LAST } from '../threads/task.js';
import { decoded } from './codes.js';
import { zeroCode } from './layout.js';
import { putWindow, slidingWindow, wholeWindow, type WindowRecord } from './window.js';

export const shift: PlanStep<'shift'> = ({ node, inputs, output }) => ({
  place: ({ heap, calls, inputs: [x], output: y }) => {
    const window = putWindow(heap, strided(inputs[0]!.shape, output.shape, node.strides));
    const offsets = heap.put(Int32Array.from(node.offsets.flat()));
    const outside = Math.max(0, zeroCode(output));
    const bytes = itemBytes(output);
    const { items, at } = rowsOf(output, y, 2);
    return calls.over('shift', items, [window, x!, at, offsets, bytes, outside, FIRST, LAST]);
  },
});

/** The rows of an image, whose numbers take so many nanoseconds each, and the address of the first of them. */
export function rowsOf(output: Value, y: number, cost: number) {
  const { height, width, channels } = imageOf(output.shape);
  const size = width * channels;
  return { items: { count: height, cost: cost * size }, at: itemsAt(y, size * itemBytes(output)) };
}

export function strided(
  shape: readonly number[],
  result: readonly number[],
  strides: readonly [number, number],
): WindowRecord {
  const { height: rows, width: columns } = imageOf(result);
  return { ...imageOf(shape), rows, columns, strideY: strides[0], strideX: strides[1] };
}

export const maxPool: PlanStep<'maxPool'> = (source) =>
  largest(source, slidingWindow(source.inputs[0]!.shape, source.output.shape, source.node));

export const globalMaxPool: PlanStep<'globalMaxPool'> = (source) =>
  largest(source, wholeWindow(source.inputs[0]!.shape));

/** Codes that do not stay codes become what they stand for first. */
function largest({ inputs, output }: StepSource, window: WindowRecord): Step {
  const { type, shape } = inputs[0]!;
  const size = sizeOf(shape);
  const isDecoded = type !== 'float32' && output.type === 'float32';
  return {
    temporaries: isDecoded ? [size * 4] : [],
    place: (room) => {
      const [x, floats] = [room.inputs[0]!, room.temporaries[0]!];
      const decode = isDecoded ? decoded(room, meaningsOf(type), size, x, floats) : undefined;
      const record = putWindow(room.heap, window);
      const bytes = itemBytes(output);
      const { items, at } = pooled(window, room.output, bytes);
      const values = [record, decode ? floats : x, at, bytes, FIRST, LAST] as const;
      return inTurn(decode, room.calls.over('maxPool', items, values));
    },
  };
}

export const averagePool: PlanStep<'averagePool'> = (source) =>
  average(source, slidingWindow(source.inputs[0]!.shape, source.output.shape, source.node));

export const globalAveragePool: PlanStep<'globalAveragePool'> = (source) =>
  average(source, wholeWindow(source.inputs[0]!.shape));

function average({ inputs }: StepSource, window: WindowRecord): Step {
  const { type, shape } = inputs[0]!;
  const size = sizeOf(shape);
  const isWhole = integersOf(type) !== undefined;
  const isDecoded = type !== 'float32' && !isWhole;
  return {
    temporaries: isDecoded ? [size * 4] : [],
    place: (room) => {
      const { heap, calls, output: y } = room;
      const [x, floats] = [room.inputs[0]!, room.temporaries[0]!];
      const record = putWindow(heap, window);
      if (type !== 'float32' && 'integers' in type) {
        const table = heap.put(factorTable(type, isWhole));
        return calls.once('averageCodes', [record, x, y, table, type.scale]);
      }
      const decode = type === 'float32' ? undefined : decoded(room, factorTable(type, isWhole), size, x, floats);
      const { items, at } = pooled(window, y, 4);
      return inTurn(decode, calls.over('averagePool', items, [record, decode ? floats : x, at, FIRST, LAST]));
    },
  };
}

/** The rows of what a window gives, and the address of the first of them. What is written behind a place must not be another thread's. */
function pooled(
  { rows = 1, columns = 1, channels = 1, windowHeight = 1, windowWidth = 1 }: WindowRecord,
  y: number,
  bytes: number,
) {
  const size = columns * channels;
  const cost = 0.3 * size * windowHeight * windowWidth;
  const multiple = (channels * bytes) % 16 === 0 ? 1 : rows;
  return { items: { count: rows, cost, multiple }, at: itemsAt(y, size * bytes) };
}
