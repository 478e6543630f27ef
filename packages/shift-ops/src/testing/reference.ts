import { outputShape, type ImageShape } from '../implementation.js';
import type { IntegerOffset } from '../options.js';

// The formulas of the active shift as the custom op of the L-SSPQ authors writes them, pixel by pixel in float64: what the
// implementations are tested against.

type Values = ArrayLike<number>;

function reader(x: Values, [, height, width, channels]: ImageShape, n: number, c: number) {
  return (row: number, column: number): number =>
    row < 0 || row >= height || column < 0 || column >= width
      ? 0
      : x[((n * height + row) * width + column) * channels + c]!;
}

function forEachOutput(
  shape: ImageShape,
  stride: number,
  body: (n: number, i: number, j: number, c: number, at: number) => void,
) {
  const [batch, rows, columns, channels] = outputShape(shape, stride);
  let at = 0;
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) for (let c = 0; c < channels; c++) body(n, i, j, c, at++);
}

function offsetOf(shifts: Values, c: number, channels: number) {
  const [x, y] = [shifts[c]!, shifts[channels + c]!];
  return { x1: Math.floor(x), y1: Math.floor(y), dx: x - Math.floor(x), dy: y - Math.floor(y) };
}

export function referenceForward(x: Values, shape: ImageShape, shifts: Values, stride: number): number[] {
  const out: number[] = [];
  forEachOutput(shape, stride, (n, i, j, c) => {
    const q = reader(x, shape, n, c);
    const { x1, y1, dx, dy } = offsetOf(shifts, c, shape[3]);
    const [row, column] = [i * stride + y1, j * stride + x1];
    out.push(
      (1 - dy) * ((1 - dx) * q(row, column) + dx * q(row, column + 1)) +
        dy * ((1 - dx) * q(row + 1, column) + dx * q(row + 1, column + 1)),
    );
  });
  return out;
}

export function referenceBackpropInput(dy: Values, shape: ImageShape, shifts: Values, stride: number): number[] {
  const [batch, height, width, channels] = shape;
  const out = new Array<number>(batch * height * width * channels).fill(0);
  forEachOutput(shape, stride, (n, i, j, c, at) => {
    const offset = offsetOf(shifts, c, channels);
    const add = (row: number, column: number, weight: number) => {
      if (row < 0 || row >= height || column < 0 || column >= width) return;
      out[((n * height + row) * width + column) * channels + c]! += weight * dy[at]!;
    };
    const [row, column] = [i * stride + offset.y1, j * stride + offset.x1];
    add(row, column, (1 - offset.dy) * (1 - offset.dx));
    add(row, column + 1, (1 - offset.dy) * offset.dx);
    add(row + 1, column, offset.dy * (1 - offset.dx));
    add(row + 1, column + 1, offset.dy * offset.dx);
  });
  return out;
}

export function referenceBackpropShift(
  gradient: Values,
  x: Values,
  shape: ImageShape,
  shifts: Values,
  stride: number,
  mode: IntegerOffset,
): number[] {
  const channels = shape[3];
  const out = new Array<number>(2 * channels).fill(0);
  forEachOutput(shape, stride, (n, i, j, c, at) => {
    const { x1, y1, dx, dy } = offsetOf(shifts, c, channels);
    const [row, column] = [i * stride + y1, j * stride + x1];
    const q = reader(x, shape, n, c);
    const q11 = q(row, column);
    const q21 = q(row, column + 1);
    const q12 = q(row + 1, column);
    const q22 = q(row + 1, column + 1);
    let alongX = (1 - dy) * (q21 - q11) + dy * (q22 - q12);
    let alongY = (1 - dx) * (q12 - q11) + dx * (q22 - q21);
    if (mode === 'reference') {
      const [rowA, columnA] = [dy === 0 ? row - 1 : row, dx === 0 ? column - 1 : column];
      const q11a = dx === 0 || dy === 0 ? q(rowA, columnA) : q11;
      const q21a = dy === 0 ? q(rowA, column + 1) : q21;
      const q12a = dx === 0 ? q(row + 1, columnA) : q12;
      alongX = (1 - dy) * (q21a - q11a) + dy * (q22 - q12a);
      alongY = (1 - dx) * (q12a - q11a) + dx * (q22 - q21a);
    } else if (mode === 'central') {
      // the mean of the derivatives from the right and from the left
      if (dx === 0) alongX = ((1 - dy) * (q21 - q(row, column - 1)) + dy * (q22 - q(row + 1, column - 1))) / 2;
      if (dy === 0) alongY = ((1 - dx) * (q12 - q(row - 1, column)) + dx * (q22 - q(row - 1, column + 1))) / 2;
    }
    out[c]! += alongX * gradient[at]!;
    out[channels + c]! += alongY * gradient[at]!;
  });
  return out;
}
