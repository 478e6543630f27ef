/** Ties go to the even code. */
const HALF_EVEN: i32 = 0;
/** Ties go up. */
const HALF_UP: i32 = 1;
/** Values whose sums are taken in float32 before they are added to those in float64. */
const BLOCK: usize = 4096 * 4;

/**
 * y = round(clip((x − shift)/step, low, high)·factor)·scale/over, without the rounding where `rounding` names none. A NaN stays one. No
 * result is −0.
 */
export function quantizeOnGrid(
  x: usize,
  y: usize,
  size: i32,
  shift: f32,
  step: f32,
  low: f32,
  high: f32,
  factor: f32,
  scale: f32,
  over: f32,
  rounding: i32,
): void {
  const end = x + ((<usize>size) << 2),
    zeros = f32x4.splat(0),
    halves = f32x4.splat(0.5);
  const shifts = f32x4.splat(shift),
    steps = f32x4.splat(step),
    lows = f32x4.splat(low),
    highs = f32x4.splat(high);
  const factors = f32x4.splat(factor),
    scales = f32x4.splat(scale),
    overs = f32x4.splat(over);
  for (; x < end; x += 16, y += 16) {
    const rest = end - x;
    const value = rest >= 16 ? v128.load(x) : loadSome(x, rest);
    const ratio = f32x4.div(f32x4.sub(value, shifts), steps);
    let code = f32x4.mul(f32x4.pmin(f32x4.pmax(ratio, lows), highs), factors);
    if (rounding == HALF_EVEN) code = f32x4.nearest(code);
    else if (rounding == HALF_UP) code = f32x4.floor(f32x4.add(code, halves));
    const result = f32x4.div(f32x4.mul(f32x4.add(code, zeros), scales), overs);
    if (rest >= 16) v128.store(y, result);
    else storeSome(y, rest, result);
  }
}

/**
 * dx = dy/over where r = (x − shift)/step is within [low, high], its ends left out where `open`; 0 elsewhere. `sums`: of dy inside, of
 * dy·r inside, of dy·(round r − r) inside, of dy below and of dy above, which take in the ends where `ends`.
 */
export function gradientOnGrid(
  dy: usize,
  x: usize,
  dx: usize,
  sums: usize,
  size: i32,
  shift: f32,
  step: f32,
  low: f32,
  high: f32,
  over: f32,
  open: i32,
  ends: i32,
): void {
  const end = x + ((<usize>size) << 2);
  const shifts = f32x4.splat(shift),
    steps = f32x4.splat(step),
    lows = f32x4.splat(low),
    highs = f32x4.splat(high),
    overs = f32x4.splat(over);
  let inside: f64 = 0,
    ratios: f64 = 0,
    rests: f64 = 0,
    belows: f64 = 0,
    aboves: f64 = 0;
  while (x < end) {
    const stop = min(x + BLOCK, end);
    let in4 = f32x4.splat(0),
      ratio4 = f32x4.splat(0),
      rest4 = f32x4.splat(0),
      below4 = f32x4.splat(0),
      above4 = f32x4.splat(0);
    for (; x < stop; x += 16, dy += 16, dx += 16) {
      const left = stop - x;
      const value = left >= 16 ? v128.load(x) : loadSome(x, left),
        gradient = left >= 16 ? v128.load(dy) : loadSome(dy, left);
      const ratio = f32x4.div(f32x4.sub(value, shifts), steps);
      const within = open
        ? v128.and(f32x4.gt(ratio, lows), f32x4.lt(ratio, highs))
        : v128.and(f32x4.ge(ratio, lows), f32x4.le(ratio, highs));
      const below = ends ? f32x4.le(ratio, lows) : f32x4.lt(ratio, lows),
        above = ends ? f32x4.ge(ratio, highs) : f32x4.gt(ratio, highs);
      const passed = v128.and(gradient, within),
        masked = v128.and(ratio, within);
      in4 = f32x4.add(in4, passed);
      ratio4 = f32x4.add(ratio4, f32x4.mul(passed, masked));
      rest4 = f32x4.add(rest4, f32x4.mul(passed, f32x4.sub(f32x4.nearest(masked), masked)));
      below4 = f32x4.add(below4, v128.and(gradient, below));
      above4 = f32x4.add(above4, v128.and(gradient, above));
      const result = f32x4.div(passed, overs);
      if (left >= 16) v128.store(dx, result);
      else storeSome(dx, left, result);
    }
    inside += total(in4);
    ratios += total(ratio4);
    rests += total(rest4);
    belows += total(below4);
    aboves += total(above4);
  }
  store<f32>(sums, <f32>inside);
  store<f32>(sums, <f32>ratios, 4);
  store<f32>(sums, <f32>rests, 8);
  store<f32>(sums, <f32>belows, 12);
  store<f32>(sums, <f32>aboves, 16);
}

/** The sum of four floats, in float64. */
export function total(lanes: v128): f64 {
  return (
    <f64>f32x4.extract_lane(lanes, 0) +
    <f64>f32x4.extract_lane(lanes, 1) +
    <f64>f32x4.extract_lane(lanes, 2) +
    <f64>f32x4.extract_lane(lanes, 3)
  );
}

/** Up to three floats, and zeros. */
function loadSome(from: usize, bytes: usize): v128 {
  let lanes = f32x4.splat(0);
  lanes = v128.load_lane<f32>(from, lanes, 0);
  if (bytes > 4) lanes = v128.load_lane<f32>(from + 4, lanes, 1);
  if (bytes > 8) lanes = v128.load_lane<f32>(from + 8, lanes, 2);
  return lanes;
}

function storeSome(to: usize, bytes: usize, lanes: v128): void {
  v128.store_lane<f32>(to, lanes, 0);
  if (bytes > 4) v128.store_lane<f32>(to + 4, lanes, 1);
  if (bytes > 8) v128.store_lane<f32>(to + 8, lanes, 2);
}
