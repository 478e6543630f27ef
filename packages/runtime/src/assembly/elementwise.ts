// Floats one by one; sizes are numbers of floats, and up to 3 more are read and written.

/** Values of `operation`. */
const ADD: i32 = 0;
const SUBTRACT: i32 = 1;
const MULTIPLY: i32 = 2;
// else the maximum

/** y = a ∘ b. */
export function combine(a: usize, b: usize, y: usize, size: i32, operation: i32): void {
  for (const end = y + ((<usize>size) << 2); y < end; a += 16, b += 16, y += 16) {
    const u = v128.load(a),
      v = v128.load(b);
    let result: v128;
    if (operation == ADD) result = f32x4.add(u, v);
    else if (operation == SUBTRACT) result = f32x4.sub(u, v);
    else if (operation == MULTIPLY) result = f32x4.mul(u, v);
    else result = f32x4.max(u, v);
    v128.store(y, result);
  }
}

/** y = the smaller of `high` and the larger of `low` and x. */
export function clip(x: usize, y: usize, size: i32, low: f32, high: f32): void {
  const least = f32x4.splat(low),
    most = f32x4.splat(high);
  for (const end = x + ((<usize>size) << 2); x < end; x += 16, y += 16) {
    v128.store(y, f32x4.min(f32x4.max(v128.load(x), least), most));
  }
}

/** y[rows, channels] = x · scale[channels] + bias[channels], product and sum rounded. */
export function affine(x: usize, y: usize, rows: i32, channels: i32, scale: usize, bias: usize): void {
  for (; rows > 0; rows--) {
    let c: usize = 0;
    const bytes = (<usize>channels) << 2;
    for (; c + 16 <= bytes; c += 16) {
      const product = f32x4.mul(v128.load(x + c), v128.load(scale + c));
      v128.store(y + c, f32x4.add(product, v128.load(bias + c)));
    }
    for (; c < bytes; c += 4) store<f32>(y + c, load<f32>(x + c) * load<f32>(scale + c) + load<f32>(bias + c));
    x += bytes;
    y += bytes;
  }
}

/** Where the first NaN of x[size] is; −1 where there is none. */
export function firstNaN(x: usize, size: i32): i32 {
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    const value = v128.load(x + ((<usize>i) << 2));
    if (v128.any_true(f32x4.ne(value, value))) break;
  }
  for (; i < size; i++) {
    const value = load<f32>(x + ((<usize>i) << 2));
    if (value != value) return i;
  }
  return -1;
}
