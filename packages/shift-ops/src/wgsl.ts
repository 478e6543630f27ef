// The active shift in WGSL: see reference.ts in testing for the formulas. `height` and `width` are those of the images that are
// shifted, `rows` and `columns` those of the output.

/** Where a channel reads: between pixels `at` and `at + 1` of each axis (y, x), at `fraction` of the way. */
const OFFSET = `
  struct Offset { finite : bool, near : bool, at : vec2<i32>, fraction : vec2<f32> };

  fn isFinite(value : f32) -> bool {
    return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
  }

  fn offsetOf(channel : i32) -> Offset {
    let offset = vec2<f32>(shifts[uniforms.channels + channel], shifts[channel]);
    let whole = floor(offset);
    let finite = isFinite(offset.x) && isFinite(offset.y);
    // further off than any image is large, and than an i32 can say
    let near = finite && all(abs(offset) < vec2<f32>(16777216.0));
    return Offset(finite, near, vec2<i32>(select(vec2<f32>(0.0), whole, near)), offset - whole);
  }

  /** What point 0 or 1 of an axis weighs in the interpolation. */
  fn share(fraction : f32, point : i32) -> f32 {
    return select(fraction, 1.0 - fraction, point == 0);
  }
`;

const PIXEL = `
  fn pixel(image : i32, row : i32, column : i32, channel : i32) -> f32 {
    if (row < 0 || row >= uniforms.height || column < 0 || column >= uniforms.width) { return 0.0; }
    return x[((image * uniforms.height + row) * uniforms.width + column) * uniforms.channels + channel];
  }
`;

/** Inputs x, shifts. */
export const FORWARD = `${OFFSET}${PIXEL}
  fn compute(index : i32) -> f32 {
    let channel = index % uniforms.channels;
    let column = index / uniforms.channels % uniforms.columns;
    let row = index / uniforms.channels / uniforms.columns % uniforms.rows;
    let image = index / uniforms.channels / uniforms.columns / uniforms.rows;
    let offset = offsetOf(channel);
    if (!offset.finite) { return uniforms.NAN; }
    if (!offset.near) { return 0.0; }
    let origin = vec2<i32>(row, column) * uniforms.stride + offset.at;
    var sum = 0.0;
    for (var i = 0; i < 2; i++) {
      for (var j = 0; j < 2; j++) {
        let weight = share(offset.fraction.x, i) * share(offset.fraction.y, j);
        // a neighbour of no weight is not read: it may be infinite
        if (weight != 0.0) { sum += weight * pixel(image, origin.x + i, origin.y + j, channel); }
      }
    }
    return sum;
  }
`;

/** Inputs dy, shifts; gathers what each output pixel took of an input pixel. */
export const BACKPROP_INPUT = `${OFFSET}
  fn compute(index : i32) -> f32 {
    let channel = index % uniforms.channels;
    let column = index / uniforms.channels % uniforms.width;
    let row = index / uniforms.channels / uniforms.width % uniforms.height;
    let image = index / uniforms.channels / uniforms.width / uniforms.height;
    let offset = offsetOf(channel);
    if (!offset.finite) { return uniforms.NAN; }
    if (!offset.near) { return 0.0; }
    var sum = 0.0;
    for (var i = 0; i < 2; i++) {
      let down = row - offset.at.x - i;
      if (down < 0 || down % uniforms.stride != 0 || down / uniforms.stride >= uniforms.rows) { continue; }
      for (var j = 0; j < 2; j++) {
        let right = column - offset.at.y - j;
        if (right < 0 || right % uniforms.stride != 0 || right / uniforms.stride >= uniforms.columns) { continue; }
        let weight = share(offset.fraction.x, i) * share(offset.fraction.y, j);
        if (weight == 0.0) { continue; }
        let source = (image * uniforms.rows + down / uniforms.stride) * uniforms.columns + right / uniforms.stride;
        sum += weight * dy[source * uniforms.channels + channel];
      }
    }
    return sum;
  }
`;

/**
 * Inputs dy, x, shifts; for each output row of each image its part of the gradients: [batch · rows, 2, channels], x before y.
 * `mode` is 0 for 'reference', 1 for 'central', 2 for 'one-sided'.
 */
export const BACKPROP_SHIFT = `${OFFSET}${PIXEL}
  /** What point 0 or 1 of an axis weighs in the difference. */
  fn slope(fraction : f32, point : i32) -> f32 {
    let size = select(1.0, 0.5, fraction == 0.0 && uniforms.mode == 1);
    return select(size, -size, point == 0);
  }

  fn compute(index : i32) -> f32 {
    let channel = index % uniforms.channels;
    let alongX = index / uniforms.channels % 2 == 0;
    let row = index / uniforms.channels / 2 % uniforms.rows;
    let image = index / uniforms.channels / 2 / uniforms.rows;
    let offset = offsetOf(channel);
    if (!offset.finite) { return uniforms.NAN; }
    if (!offset.near) { return 0.0; }
    let fraction = offset.fraction;
    // at an integer offset the neighbour before is the one further back: of the difference, and in 'reference' of both axes
    let difference = select(0, 1, uniforms.mode != 2);
    let place = select(0, 1, uniforms.mode == 0);
    let backs = select(vec2<i32>(difference, place), vec2<i32>(place, difference), alongX);
    let gradients = (image * uniforms.rows + row) * uniforms.columns;
    var sum = 0.0;
    for (var i = 0; i < 2; i++) {
      for (var j = 0; j < 2; j++) {
        let weight = select(
          slope(fraction.x, i) * share(fraction.y, j),
          share(fraction.x, i) * slope(fraction.y, j),
          alongX);
        if (weight == 0.0) { continue; }
        let up = row * uniforms.stride + offset.at.x + i - select(0, backs.x, i == 0 && fraction.x == 0.0);
        let left = offset.at.y + j - select(0, backs.y, j == 0 && fraction.y == 0.0);
        for (var column = 0; column < uniforms.columns; column++) {
          let gradient = dy[(gradients + column) * uniforms.channels + channel];
          sum += weight * gradient * pixel(image, up, column * uniforms.stride + left, channel);
        }
      }
    }
    return sum;
  }
`;
