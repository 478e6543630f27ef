import { Window } from './window';

/**
 * Rows `first` to `last` of the result, from `y` on: the largest of each window; codes where `bytes` is 1, else floats. Up to 15 bytes more are
 * written behind the result.
 */
export function maxPool(w: Window, x: usize, y: usize, bytes: i32, first: i32, last: i32): void {
  const pixel = <usize>(w.channels * bytes);
  for (let i = first; i < last; i++) {
    for (let j = 0; j < w.columns; j++, y += pixel) {
      const y0 = w.firstRow(i),
        y1 = w.endRow(i),
        x0 = w.firstColumn(j),
        x1 = w.endColumn(j);
      for (let c: usize = 0; c < pixel; c += 16) {
        let largest = v128.load(x + <usize>(y0 * w.width + x0) * pixel + c);
        for (let v = y0; v < y1; v++) {
          for (let u = x0; u < x1; u++) {
            const value = v128.load(x + <usize>(v * w.width + u) * pixel + c);
            largest = bytes == 1 ? i8x16.max_u(largest, value) : f32x4.max(largest, value);
          }
        }
        v128.store(y + c, largest);
      }
    }
  }
}

/** The same of means: of each window of floats their sum by their number. */
export function averagePool(w: Window, x: usize, y: usize, first: i32, last: i32): void {
  const pixel = (<usize>w.channels) << 2;
  for (let i = first; i < last; i++) {
    for (let j = 0; j < w.columns; j++, y += pixel) {
      const y0 = w.firstRow(i),
        y1 = w.endRow(i),
        x0 = w.firstColumn(j),
        x1 = w.endColumn(j);
      const count = f32x4.splat(<f32>((y1 - y0) * (x1 - x0)));
      for (let c: usize = 0; c < pixel; c += 16) {
        let sum = f32x4.splat(0);
        for (let v = y0; v < y1; v++) {
          for (let u = x0; u < x1; u++) sum = f32x4.add(sum, v128.load(x + <usize>(v * w.width + u) * pixel + c));
        }
        v128.store(y + c, f32x4.div(sum, count));
      }
    }
  }
}

/** The mean of each window of codes that count as the integers of a table: their exact sum times scale / number, rounded. */
export function averageCodes(w: Window, x: usize, y: usize, table: usize, scale: f64): void {
  const channels = <usize>w.channels;
  for (let i = 0; i < w.rows; i++) {
    for (let j = 0; j < w.columns; j++) {
      const y0 = w.firstRow(i),
        y1 = w.endRow(i),
        x0 = w.firstColumn(j),
        x1 = w.endColumn(j);
      const factor = <f32>(scale / <f64>((y1 - y0) * (x1 - x0)));
      for (let c: usize = 0; c < channels; c++, y += 4) {
        let sum: i64 = 0;
        for (let v = y0; v < y1; v++) {
          for (let u = x0; u < x1; u++) {
            sum += load<i32>(table + ((<usize>load<u8>(x + <usize>(v * w.width + u) * channels + c)) << 2));
          }
        }
        store<f32>(y, <f32>sum * factor);
      }
    }
  }
}
