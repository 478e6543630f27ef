import { sigmoid, tanh } from './tanh';

// A step of LSTM cells. A row of z has the pre-activations of the gates i, f, g and o, `units` of each; rows of the others have one
// value for each unit. Each operation rounds as one op of TF.js does, in the order of the composition.

/** next = f c + i g and h = o tanh(next) with i, f, o = gate(z) and g = tanh(z). */
export function lstmCell(z: usize, c: usize, h: usize, next: usize, rows: i32, units: i32, hard: bool): void {
  const width = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < width;) {
      const four = at + 16 <= width;
      const i = gate(read(z + at, four), hard),
        f = gate(read(z + width + at, four), hard),
        g = tanh(read(z + 2 * width + at, four)),
        o = gate(read(z + 3 * width + at, four), hard);
      const value = f32x4.add(f32x4.mul(f, read(c + at, four)), f32x4.mul(i, g));
      write(next + at, value, four);
      write(h + at, f32x4.mul(o, tanh(value)), four);
      at += four ? 16 : 4;
    }
    z += width << 2;
    c += width;
    next += width;
    h += width;
  }
}

/** dz and dc from the gradients dh and dNext of what {@link lstmCell} gave. */
export function lstmCellGradient(
  dh: usize,
  dNext: usize,
  z: usize,
  c: usize,
  next: usize,
  dz: usize,
  dc: usize,
  rows: i32,
  units: i32,
  hard: bool,
): void {
  const width = (<usize>units) << 2;
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < width;) {
      const four = at + 16 <= width;
      const zi = read(z + at, four),
        zf = read(z + width + at, four),
        zo = read(z + 3 * width + at, four);
      const i = gate(zi, hard),
        f = gate(zf, hard),
        g = tanh(read(z + 2 * width + at, four)),
        o = gate(zo, hard);
      const t = tanh(read(next + at, four)),
        dOut = read(dh + at, four);
      const bent = f32x4.mul(f32x4.mul(dOut, o), tanhSlope(t));
      const d = f32x4.add(read(dNext + at, four), bent);
      write(dc + at, f32x4.mul(d, f), four);
      write(dz + at, throughGate(f32x4.mul(d, g), zi, i, hard), four);
      write(dz + width + at, throughGate(f32x4.mul(d, read(c + at, four)), zf, f, hard), four);
      write(dz + 2 * width + at, f32x4.mul(f32x4.mul(d, i), tanhSlope(g)), four);
      write(dz + 3 * width + at, throughGate(f32x4.mul(dOut, t), zo, o, hard), four);
      at += four ? 16 : 4;
    }
    dh += width;
    dNext += width;
    z += width << 2;
    c += width;
    next += width;
    dz += width << 2;
    dc += width;
  }
}

/** Keras' hard sigmoid, 0.2 x + 0.5 within [0, 1], or the sigmoid. */
function gate(x: v128, hard: bool): v128 {
  return hard ? f32x4.min(f32x4.max(line(x), f32x4.splat(0)), f32x4.splat(1)) : sigmoid(x);
}

/** The gradient d of a gate's value y = gate(x), as one of x. */
function throughGate(d: v128, x: v128, y: v128, hard: bool): v128 {
  if (!hard) return f32x4.mul(d, f32x4.mul(y, f32x4.sub(f32x4.splat(1), y)));
  const value = line(x);
  const inside = v128.and(f32x4.ge(value, f32x4.splat(0)), f32x4.le(value, f32x4.splat(1)));
  return f32x4.mul(v128.and(d, inside), f32x4.splat(0.2));
}

function line(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(0.2)), f32x4.splat(0.5));
}

function tanhSlope(y: v128): v128 {
  return f32x4.sub(f32x4.splat(1), f32x4.mul(y, y));
}

/** Four values, or the one that is left of a row. */
function read(at: usize, four: bool): v128 {
  return four ? v128.load(at) : v128.load32_zero(at);
}

function write(at: usize, value: v128, four: bool): void {
  if (four) v128.store(at, value);
  else v128.store_lane<f32>(at, value, 0);
}
