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
  const [top, bottom] = around(corners.rows);
  const [left, right] = around(corners.columns);
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

/** The first of the four places that each channel comes from, relative to where it goes, and their weights, one channel after the other. */
interface Corners {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly weights: Float32Array;
}

// loops over arrays of numbers, since a network has thousands of channels, and what a host has not yet compiled makes an object of each number
function cornersOf(offsets: Float32Array, { height, width, channels }: ReturnType<typeof imageOf>): Corners {
  const rows = new Int32Array(channels);
  const columns = new Int32Array(channels);
  const weights = new Float32Array(channels * 4);
  for (let c = 0; c < channels; c++) {
    const right = offsets[c]!;
    const down = offsets[channels + c]!;
    const row = Math.floor(down);
    const column = Math.floor(right);
    const fy = Math.fround(down - row);
    const fx = Math.fround(right - column);
    const gy = Math.fround(1 - fy);
    const gx = Math.fround(1 - fx);
    rows[c] = within(row, height);
    columns[c] = within(column, width);
    weights[4 * c] = gy * gx;
    weights[4 * c + 1] = gy * fx;
    weights[4 * c + 2] = fy * gx;
    weights[4 * c + 3] = fy * fx;
  }
  return { rows, columns, weights };
}

/** From beyond the image comes 0, from however far. */
const within = (value: number, size: number) => Math.max(-size - 1, Math.min(size, value));

/** Zeros before and behind the image, of so many places. */
function around(firsts: Int32Array): [before: number, behind: number] {
  let before = 0;
  let behind = 0;
  for (const first of firsts) {
    before = Math.max(before, -first);
    behind = Math.max(behind, first + 1);
  }
  return [before, behind];
}

/** What the kernel knows of the channels; those behind the last have weight 0. */
function fours({ rows, columns, weights }: Corners, pitch: number, pixel: number): Float32Array {
  const table = new Float32Array(Math.ceil(rows.length / 4) * FOUR);
  const addresses = new Int32Array(table.buffer);
  for (let c = 0; c < rows.length; c++) {
    const at = (c >> 2) * FOUR + (c & 3);
    addresses[at] = rows[c]! * pitch + columns[c]! * pixel + c * 4;
    for (let place = 0; place < 4; place++) table[at + 4 + place * 4] = weights[4 * c + place]!;
  }
  return table;
}
