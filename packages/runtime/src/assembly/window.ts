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
}
