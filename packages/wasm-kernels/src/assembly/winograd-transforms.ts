// The linear maps of Winograd's minimal filtering F(2×2, 3×3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016, section 4.1), 4 channels at a time. A convolution of 4×4 pixels is Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A; its
// gradient with respect to g is Gᵀ [(Bᵀ d B) ⊙ (A dY Aᵀ)] G. Their factors are 1 and ½, so small integers stay exact.

/** Bᵀ d B of 4×4 pixels: 16 vectors, `step` bytes apart. `line` and `pixel` are the bytes between rows and columns of d. */
export function spreadInput(d: usize, line: usize, pixel: usize, to: usize, step: usize): void {
  const d1 = d + line,
    d2 = d1 + line,
    d3 = d2 + line;
  const row = step << 2;
  differences(d, d2, pixel, to, step);
  sums(d1, d2, pixel, to + row, step);
  differences(d2, d1, pixel, to + 2 * row, step);
  differences(d1, d3, pixel, to + 3 * row, step);
}

function differences(a: usize, b: usize, pixel: usize, to: usize, step: usize): void {
  const a2 = a + 2 * pixel,
    b2 = b + 2 * pixel;
  const v0 = f32x4.sub(v128.load(a), v128.load(b)),
    v1 = f32x4.sub(v128.load(a + pixel), v128.load(b + pixel)),
    v2 = f32x4.sub(v128.load(a2), v128.load(b2)),
    v3 = f32x4.sub(v128.load(a2 + pixel), v128.load(b2 + pixel));
  spreadColumns(v0, v1, v2, v3, to, step);
}

function sums(a: usize, b: usize, pixel: usize, to: usize, step: usize): void {
  const a2 = a + 2 * pixel,
    b2 = b + 2 * pixel;
  const v0 = f32x4.add(v128.load(a), v128.load(b)),
    v1 = f32x4.add(v128.load(a + pixel), v128.load(b + pixel)),
    v2 = f32x4.add(v128.load(a2), v128.load(b2)),
    v3 = f32x4.add(v128.load(a2 + pixel), v128.load(b2 + pixel));
  spreadColumns(v0, v1, v2, v3, to, step);
}

function spreadColumns(v0: v128, v1: v128, v2: v128, v3: v128, to: usize, step: usize): void {
  write(f32x4.sub(v0, v2), f32x4.add(v1, v2), f32x4.sub(v2, v1), f32x4.sub(v1, v3), to, step);
}

function write(v0: v128, v1: v128, v2: v128, v3: v128, to: usize, step: usize): void {
  v128.store(to, v0);
  v128.store(to + step, v1);
  v128.store(to + 2 * step, v2);
  v128.store(to + 3 * step, v3);
}

/** G g Gᵀ of a 3×3 filter whose taps lie `tap` bytes apart: 16 vectors, `step` bytes apart. */
export function spreadFilter(g: usize, tap: usize, to: usize, step: usize): void {
  const row = step << 2,
    half = f32x4.splat(0.5);
  const g1 = g + 3 * tap,
    g2 = g1 + 3 * tap;
  let a = v128.load(g),
    b = v128.load(g + tap),
    c = v128.load(g + 2 * tap);
  spreadTaps(a, b, c, to, step);
  a = f32x4.add(a, v128.load(g2));
  b = f32x4.add(b, v128.load(g2 + tap));
  c = f32x4.add(c, v128.load(g2 + 2 * tap));
  const m0 = v128.load(g1),
    m1 = v128.load(g1 + tap),
    m2 = v128.load(g1 + 2 * tap);
  spreadTaps(
    f32x4.mul(half, f32x4.add(a, m0)),
    f32x4.mul(half, f32x4.add(b, m1)),
    f32x4.mul(half, f32x4.add(c, m2)),
    to + row,
    step,
  );
  spreadTaps(
    f32x4.mul(half, f32x4.sub(a, m0)),
    f32x4.mul(half, f32x4.sub(b, m1)),
    f32x4.mul(half, f32x4.sub(c, m2)),
    to + 2 * row,
    step,
  );
  spreadTaps(v128.load(g2), v128.load(g2 + tap), v128.load(g2 + 2 * tap), to + 3 * row, step);
}

function spreadTaps(a: v128, b: v128, c: v128, to: usize, step: usize): void {
  const half = f32x4.splat(0.5),
    ends = f32x4.add(a, c);
  write(a, f32x4.mul(half, f32x4.add(ends, b)), f32x4.mul(half, f32x4.sub(ends, b)), c, to, step);
}

/** A dY Aᵀ of the 2×2 gradients at the four addresses: 16 vectors, `step` bytes apart. */
export function spreadOutput(y00: usize, y01: usize, y10: usize, y11: usize, to: usize, step: usize): void {
  const row = step << 2;
  const a = v128.load(y00),
    b = v128.load(y01),
    c = v128.load(y10),
    d = v128.load(y11);
  spreadPair(a, b, to, step);
  spreadPair(f32x4.add(a, c), f32x4.add(b, d), to + row, step);
  spreadPair(f32x4.sub(a, c), f32x4.sub(b, d), to + 2 * row, step);
  spreadPair(f32x4.neg(c), f32x4.neg(d), to + 3 * row, step);
}

function spreadPair(a: v128, b: v128, to: usize, step: usize): void {
  write(a, f32x4.add(a, b), f32x4.sub(a, b), f32x4.neg(b), to, step);
}

/**
 * Aᵀ M A of 16 vectors `step` bytes apart, and the bias, to the four addresses.
 *
 * @returns 0 in every lane where all four are finite, else NaN
 */
export function gatherOutput(m: usize, step: usize, bias: v128, y00: usize, y01: usize, y10: usize, y11: usize): v128 {
  const m1 = m + (step << 2),
    m2 = m1 + (step << 2),
    m3 = m2 + (step << 2);
  let a = v128.load(m1),
    b = v128.load(m2);
  const p0 = f32x4.add(v128.load(m), f32x4.add(a, b)),
    q0 = f32x4.sub(f32x4.sub(a, b), v128.load(m3));
  a = v128.load(m1 + step);
  b = v128.load(m2 + step);
  const p1 = f32x4.add(v128.load(m + step), f32x4.add(a, b)),
    q1 = f32x4.sub(f32x4.sub(a, b), v128.load(m3 + step));
  a = v128.load(m1 + 2 * step);
  b = v128.load(m2 + 2 * step);
  const p2 = f32x4.add(v128.load(m + 2 * step), f32x4.add(a, b)),
    q2 = f32x4.sub(f32x4.sub(a, b), v128.load(m3 + 2 * step));
  a = v128.load(m1 + 3 * step);
  b = v128.load(m2 + 3 * step);
  const p3 = f32x4.add(v128.load(m + 3 * step), f32x4.add(a, b)),
    q3 = f32x4.sub(f32x4.sub(a, b), v128.load(m3 + 3 * step));
  const r00 = f32x4.add(bias, f32x4.add(p0, f32x4.add(p1, p2))),
    r01 = f32x4.add(bias, f32x4.sub(f32x4.sub(p1, p2), p3)),
    r10 = f32x4.add(bias, f32x4.add(q0, f32x4.add(q1, q2))),
    r11 = f32x4.add(bias, f32x4.sub(f32x4.sub(q1, q2), q3));
  v128.store(y00, r00);
  v128.store(y01, r01);
  v128.store(y10, r10);
  v128.store(y11, r11);
  const zero = f32x4.add(f32x4.sub(r00, r00), f32x4.sub(r01, r01));
  return f32x4.add(zero, f32x4.add(f32x4.sub(r10, r10), f32x4.sub(r11, r11)));
}

/**
 * Gᵀ M G of 16 vectors `step` bytes apart: 9 taps, `tap` bytes apart.
 *
 * @returns 0 in every lane where all are finite, else NaN
 */
export function gatherFilter(m: usize, step: usize, to: usize, tap: usize): v128 {
  const half = f32x4.splat(0.5),
    row = step << 2;
  let finite = f32x4.splat(0);
  for (let r: usize = 0; r < 3; r++, to += 3 * tap) {
    const v0 = gatherRow(m, row, r),
      v1 = gatherRow(m + step, row, r),
      v2 = gatherRow(m + 2 * step, row, r),
      v3 = gatherRow(m + 3 * step, row, r);
    const sum = f32x4.mul(half, f32x4.add(v1, v2));
    const t0 = f32x4.add(v0, sum),
      t1 = f32x4.mul(half, f32x4.sub(v1, v2)),
      t2 = f32x4.add(sum, v3);
    v128.store(to, t0);
    v128.store(to + tap, t1);
    v128.store(to + 2 * tap, t2);
    finite = f32x4.add(finite, f32x4.add(f32x4.sub(t0, t0), f32x4.add(f32x4.sub(t1, t1), f32x4.sub(t2, t2))));
  }
  return finite;
}

function gatherRow(m: usize, row: usize, r: usize): v128 {
  const half = f32x4.splat(0.5),
    m1 = v128.load(m + row),
    m2 = v128.load(m + 2 * row);
  if (r == 1) return f32x4.mul(half, f32x4.sub(m1, m2));
  const sum = f32x4.mul(half, f32x4.add(m1, m2));
  return f32x4.add(sum, v128.load(r == 0 ? m : m + 3 * row));
}
