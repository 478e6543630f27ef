/** Values in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}

/** How far apart neighbours along each axis lie, the last axis innermost. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Whether two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, axis) => side === b[axis]);
}

/** A value as an image: [width, channels] is one of height 1. */
export function imageShape(shape: readonly number[]): readonly [height: number, width: number, channels: number] {
  const [height, width, channels] = shape.length === 2 ? [1, ...shape] : shape;
  return [height!, width!, channels!];
}

/** The shape of an image that was made of a value of so many axes. */
export function likeImage(
  axes: number,
  [height, width, channels]: readonly [number, number, number],
): readonly number[] {
  return axes === 2 ? [width, channels] : [height, width, channels];
}

/** How many times a window fits into an axis with zeros before and after it; 0 or less where it does not. */
export function windowCount(size: number, window: number, stride: number, zeros: number, dilation = 1): number {
  return Math.floor((size + zeros - ((window - 1) * dilation + 1)) / stride) + 1;
}

/** How many places are left of an axis when every `stride`-th is taken, the first among them. */
export function stridedSize(size: number, stride: number): number {
  return Math.ceil(size / stride);
}

/** The shape that two shapes have when sizes of 1 are repeated, the last axes of both side by side; undefined where they do not fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const axes = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < axes; axis++) {
    const one = a[axis - axes + a.length] ?? 1;
    const other = b[axis - axes + b.length] ?? 1;
    if (one !== other && one !== 1 && other !== 1) return undefined;
    shape.push(one === 1 ? other : one);
  }
  return shape;
}
