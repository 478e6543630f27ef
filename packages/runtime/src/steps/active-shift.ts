import { meaningsOf } from '../convolution/parameters.js';
import { floatsOf, imageOf, type PlanStep } from '../plan/step.js';
import { FIRST, LAST } from '../threads/task.js';
import { putTable } from './codes.js';
import { rowsOf, strided } from './places.js';
import { putWindow } from './window.js';

/** Numbers of what the kernel knows of 4 channels. */
const FOUR = 20;

/** Floats, or codes as what they stand for, are copied with zeros around, so that no place has to be asked whether it is there. */
export const activeShift: PlanStep<'activeShift'> = ({ node, inputs, output, parameters }) => {
  const [{ shape, type }] = inputs as [(typeof inputs)[0]];
  const image = imageOf(shape);
  const corners = cornersOf(floatsOf(parameters, node.offsets), image);
  const [top, bottom] = around(corners.map(({ row }) => row));
  const [left, right] = around(corners.map(({ column }) => column));
  const pixel = image.channels * 4;
  const pitch = (left + image.width + right) * pixel;
  return {
    temporaries: [(top + image.height + bottom) * pitch],
    place: ({ heap, calls, inputs: [x], output: y, temporaries: [framed] }) => {
      const { kernels } = heap.engine;
      const first = framed! + top * pitch;
      const meanings = type === 'float32' ? undefined : meaningsOf(type);
      const table = meanings ? [putTable(heap, meanings), meanings.length] : [0, 0];
      const size = image.width * image.channels;
      const lines = { count: image.height, cost: 0.2 * size };
      const frame = calls.over('frame', lines, [
        x!,
        first,
        size,
        left * pixel,
        pitch,
        table[0]!,
        table[1]!,
        FIRST,
        LAST,
      ]);
      const window = putWindow(heap, {
        ...strided(shape, output.shape, node.strides),
        width: left + image.width + right,
      });
      const { items, at } = rowsOf(output, y, 1);
      const channels = heap.put(fours(corners, pitch, pixel));
      const shift = calls.over('activeShift', items, [window, first + left * pixel, at, channels, FIRST, LAST]);
      return () => {
        kernels.fillBytes(framed!, top * pitch, 0);
        kernels.fillBytes(first + image.height * pitch, bottom * pitch, 0);
        frame();
        shift();
      };
    },
  };
};

/** The first of the four places that a channel comes from, relative to where it goes, and their weights. */
interface Corner {
  readonly row: number;
  readonly column: number;
  readonly weights: readonly number[];
}

function cornersOf(offsets: Float32Array, { height, width, channels }: ReturnType<typeof imageOf>): Corner[] {
  const { fround } = Math;
  return Array.from({ length: channels }, (_, c): Corner => {
    const [right, down] = [offsets[c]!, offsets[channels + c]!];
    const [row, column] = [Math.floor(down), Math.floor(right)];
    const [fy, fx] = [fround(down - row), fround(right - column)];
    const [gy, gx] = [fround(1 - fy), fround(1 - fx)];
    // from beyond the image comes 0, from however far
    const within = (value: number, size: number) => Math.max(-size - 1, Math.min(size, value));
    return {
      row: within(row, height),
      column: within(column, width),
      weights: [gy * gx, gy * fx, fy * gx, fy * fx],
    };
  });
}

/** Zeros before and behind the image, of so many places. */
function around(firsts: readonly number[]): [before: number, behind: number] {
  return [Math.max(0, ...firsts.map((first) => -first)), Math.max(0, ...firsts.map((first) => first + 1))];
}

/** What the kernel knows of the channels; those behind the last have weight 0. */
function fours(corners: readonly Corner[], pitch: number, pixel: number): Float32Array {
  const table = new Float32Array(Math.ceil(corners.length / 4) * FOUR);
  const addresses = new Int32Array(table.buffer);
  corners.forEach(({ row, column, weights }, c) => {
    const at = Math.floor(c / 4) * FOUR + (c % 4);
    addresses[at] = row * pitch + column * pixel + c * 4;
    weights.forEach((weight, place) => (table[at + 4 + place * 4] = weight));
  });
  return table;
}
