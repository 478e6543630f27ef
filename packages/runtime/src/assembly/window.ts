/** A sliding window as the host describes it: fields of 32 bits in this order, which the host's `window.ts` repeats. */
@unmanaged
export class Window {
  /** Of the input. */
  height: i32;
  width: i32;
  channels: i32;
  /** Of the output. */
  rows: i32;
  columns: i32;
  windowHeight: i32;
  windowWidth: i32;
  strideY: i32;
  strideX: i32;
  top: i32;
  left: i32;
  /** Of a transposed convolution. */
  filters: i32;

  /** The first row of the input under the window of output row `i`, and the one after the last; padding left out. */
  firstRow(i: i32): i32 {
    return max(0, i * this.strideY - this.top);
  }
  endRow(i: i32): i32 {
    return min(this.height, i * this.strideY - this.top + this.windowHeight);
  }
  /** The same of columns. */
  firstColumn(j: i32): i32 {
    return max(0, j * this.strideX - this.left);
  }
  endColumn(j: i32): i32 {
    return min(this.width, j * this.strideX - this.left + this.windowWidth);
  }
}
