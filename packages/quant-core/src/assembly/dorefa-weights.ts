import { tanh } from './tanh';

// Sums are taken in order, one float after the other, as TF.js's own kernels take them: so a result has the bits of the composition.

/** y = E where w ≥ 0, −E elsewhere. E = mean|w| goes to `scale`; it is 0 where there is nothing. */
export function binarizeWeights(w: usize, y: usize, scale: usize, size: i32): void {
  const end = w + ((<usize>size) << 2);
  let sum: f32 = 0;
  for (let at = w; at < end; at += 4) sum += abs<f32>(load<f32>(at));
  const mean: f32 = size ? sum / <f32>size : 0;
  store<f32>(scale, mean);
  const zeros = f32x4.splat(0),
    above = f32x4.splat(mean),
    below = f32x4.splat(-mean);
  for (; w + 16 <= end; w += 16, y += 16) {
    v128.store(y, v128.bitselect(above, below, f32x4.ge(v128.load(w), zeros)));
  }
  for (; w < end; w += 4, y += 4) store<f32>(y, load<f32>(w) >= 0 ? mean : -mean);
}

/**
 * y = 2 round(top (t / 2m + 1/2)) / top − 1 with t = tanh w and m = max|t|, 1 where that is not above 0. t and m are kept for the
 * gradient and for codes.
 */
export function quantizeWeights(w: usize, y: usize, t: usize, scale: usize, size: i32, top: f32): void {
  const bytes = (<usize>size) << 2,
    whole = bytes & ~15;
  tangents(w, t, bytes);
  const m = largest(t, bytes);
  store<f32>(scale, m);
  const twice = f32x4.splat(m * 2),
    halves = f32x4.splat(0.5),
    tops = f32x4.splat(top),
    zeros = f32x4.splat(0),
    ones = f32x4.splat(1);
  let i: usize = 0;
  for (; i < whole; i += 16) {
    const unit = f32x4.add(f32x4.div(v128.load(t + i), twice), halves);
    // adding 0 turns −0 to 0
    const code = f32x4.add(f32x4.nearest(f32x4.mul(unit, tops)), zeros);
    const value = f32x4.div(code, tops);
    v128.store(y + i, f32x4.sub(f32x4.add(value, value), ones));
  }
  for (; i < bytes; i += 4) {
    const unit = load<f32>(t + i) / (m * 2) + 0.5;
    const value = (nearest<f32>(unit * top) + 0) / top;
    store<f32>(y + i, value + value - 1);
  }
}

function tangents(w: usize, t: usize, bytes: usize): void {
  const whole = bytes & ~15;
  let i: usize = 0;
  for (; i < whole; i += 16) v128.store(t + i, tanh(v128.load(w + i)));
  for (; i < bytes; i += 4) v128.store_lane<f32>(t + i, tanh(v128.load32_zero(w + i)), 0);
}

/** max|t|, 1 where that is not above 0: of no values, of zeros, or with a NaN among them. */
function largest(t: usize, bytes: usize): f32 {
  const whole = bytes & ~15;
  let lanes = f32x4.splat(0),
    i: usize = 0;
  for (; i < whole; i += 16) lanes = f32x4.max(lanes, f32x4.abs(v128.load(t + i)));
  for (; i < bytes; i += 4) lanes = f32x4.max(lanes, f32x4.abs(v128.load32_splat(t + i)));
  const low = max<f32>(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1)),
    high = max<f32>(f32x4.extract_lane(lanes, 2), f32x4.extract_lane(lanes, 3));
  const most = max<f32>(low, high);
  return most > 0 ? most : 1;
}

/**
 * dw = (dy / m − a s) (1 − t²), a = sign t where |t| = m and 0 elsewhere, s = Σ dy t / (m² Σ|a|): the gradient through the scale,
 * which those at the maximum share. Where it does not flow, s = 0.
 */
export function quantizeWeightsGradient(dy: usize, t: usize, scale: usize, dw: usize, size: i32, flows: i32): void {
  const bytes = (<usize>size) << 2,
    m = load<f32>(scale);
  if (!flows) {
    for (let i: usize = 0; i < bytes; i += 4) {
      store<f32>(dw + i, (load<f32>(dy + i) / m) * slope(load<f32>(t + i)));
    }
    return;
  }
  let dot: f32 = 0,
    count: f32 = 0;
  for (let i: usize = 0; i < bytes; i += 4) {
    const value = load<f32>(t + i);
    dot += load<f32>(dy + i) * value;
    count += abs<f32>(value) == m ? 1 : 0;
  }
  const share = dot / (m * m * max<f32>(count, 1));
  for (let i: usize = 0; i < bytes; i += 4) {
    const value = load<f32>(t + i);
    const sign: f32 = abs<f32>(value) == m ? (value > 0 ? 1 : -1) : 0;
    store<f32>(dw + i, (load<f32>(dy + i) / m - sign * share) * slope(value));
  }
}

function slope(t: f32): f32 {
  return 1 - t * t;
}
