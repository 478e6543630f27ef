// Shifts and pools.
import { factorTable, integersOf, meaningsOf } from '../convolution/parameters.js';
import { floatsOf, imageOf, itemBytes, sizeOf, type PlanStep, type Step, type StepSource } from '../plan/step.js';
import { zeroCode } from './layout.js';
import { putWindow, slidingWindow, wholeWindow, type WindowRecord } from './window.js';

export const shift: PlanStep<'shift'> = ({ node, inputs, output }) => ({
  place: ({ heap, inputs: [x], output: y }) => {
    const window = putWindow(heap, strided(inputs[0]!.shape, output.shape, node.strides));
    const offsets = heap.put(Int32Array.from(node.offsets.flat()));
    const { kernels } = heap.engine;
    return () => kernels.shift(window, x!, y, offsets, itemBytes(output), Math.max(0, zeroCode(output)));
  },
});

function strided(
  shape: readonly number[],
  result: readonly number[],
  strides: readonly [number, number],
): WindowRecord {
  const { height: rows, width: columns } = imageOf(result);
  return { ...imageOf(shape), rows, columns, strideY: strides[0], strideX: strides[1] };
}

const CHANNEL = 6;

export const activeShift: PlanStep<'activeShift'> = ({ node, inputs, output, parameters }) => ({
  place: ({ heap, inputs: [x], output: y }) => {
    const { fround } = Math;
    const offsets = floatsOf(parameters, node.offsets);
    const channels = output.shape.at(-1)!;
    const table = new Float32Array(channels * CHANNEL);
    const places = new Int32Array(table.buffer);
    let reach = 0;
    for (let c = 0; c < channels; c++) {
      const [right, down] = [offsets[c]!, offsets[channels + c]!];
      const [row, column] = [Math.floor(down), Math.floor(right)];
      reach = Math.max(reach, -row, -column, row + 1, column + 1);
      const [fy, fx] = [fround(down - row), fround(right - column)];
      const [gy, gx] = [fround(1 - fy), fround(1 - fx)];
      places.set([row, column], c * CHANNEL);
      table.set([gy * gx, gy * fx, fy * gx, fy * fx], c * CHANNEL + 2);
    }
    const window = putWindow(heap, strided(inputs[0]!.shape, output.shape, node.strides));
    const at = heap.put(table);
    const { kernels } = heap.engine;
    return () => kernels.activeShift(window, x!, y, at, reach);
  },
});

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
    place: ({ heap, inputs: [x], output: y, temporaries: [floats] }) => {
      const { kernels } = heap.engine;
      const table = isDecoded ? heap.put(meaningsOf(type)) : 0;
      const record = putWindow(heap, window);
      return () => {
        if (isDecoded) kernels.dequantize(x!, floats!, size, table);
        kernels.maxPool(record, isDecoded ? floats! : x!, y, itemBytes(output));
      };
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
    place: ({ heap, inputs: [x], output: y, temporaries: [floats] }) => {
      const { kernels } = heap.engine;
      const table = type === 'float32' ? 0 : heap.put(factorTable(type, isWhole));
      const record = putWindow(heap, window);
      if (type !== 'float32' && 'integers' in type) {
        return () => kernels.averageCodes(record, x!, y, table, type.scale);
      }
      return () => {
        if (isDecoded) kernels.dequantize(x!, floats!, size, table);
        kernels.averagePool(record, isDecoded ? floats! : x!, y);
      };
    },
  };
}
