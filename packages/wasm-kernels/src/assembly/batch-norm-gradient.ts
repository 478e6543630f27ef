// The gradient of a batch normalization by given means and factors, in one pass over memory.
import { add } from './gemm';
import { addRow } from './rows';

/** Long sums are made of the sums of BLOCK sums of BLOCK numbers: see sums.ts. */
const BLOCK: i32 = 64;

/**
 * From dy and x [count, channels]: dx = dy · factors, sums = Σ dy and products = Σ dy · (x − means), all sums over `count`.
 *
 * @param scratch room for two rows of `channels` floats
 */
export function batchNormGradient(
  dy: usize,
  x: usize,
  means: usize,
  factors: usize,
  dx: usize,
  sums: usize,
  products: usize,
  count: i32,
  channels: i32,
  scratch: usize,
): void {
  const step = (<usize>channels) << 2;
  memory.fill(sums, 0, step);
  memory.fill(products, 0, step);
  for (let part = 0; part < count; part += BLOCK * BLOCK) {
    const end = min(part + BLOCK * BLOCK, count);
    memory.fill(scratch, 0, step << 1);
    for (let first = part; first < end; first += BLOCK) {
      const rows = min(BLOCK, end - first),
        at = <usize>first * step;
      block(dy + at, x + at, means, factors, dx + at, scratch, scratch + step, rows, channels);
    }
    addRow(sums, scratch, channels);
    addRow(products, scratch + step, channels);
  }
}

function block(
  dy: usize,
  x: usize,
  means: usize,
  factors: usize,
  dx: usize,
  sums: usize,
  products: usize,
  rows: i32,
  channels: i32,
): void {
  const step = (<usize>channels) << 2,
    bytes = <usize>rows * step,
    whole = (<usize>(channels & ~7)) << 2;
  let c: usize = 0;
  for (; c < whole; c += 32) {
    const mean0 = v128.load(means + c),
      mean1 = v128.load(means + c, 16),
      factor0 = v128.load(factors + c),
      factor1 = v128.load(factors + c, 16);
    let sum0 = f32x4.splat(0),
      sum1 = sum0,
      product0 = sum0,
      product1 = sum0;
    for (let at = c; at < bytes; at += step) {
      const g0 = v128.load(dy + at),
        g1 = v128.load(dy + at, 16);
      v128.store(dx + at, f32x4.mul(g0, factor0));
      v128.store(dx + at, f32x4.mul(g1, factor1), 16);
      sum0 = f32x4.add(sum0, g0);
      sum1 = f32x4.add(sum1, g1);
      product0 = f32x4.add(product0, f32x4.mul(g0, f32x4.sub(v128.load(x + at), mean0)));
      product1 = f32x4.add(product1, f32x4.mul(g1, f32x4.sub(v128.load(x + at, 16), mean1)));
    }
    add(sums + c, sum0, sum1);
    add(products + c, product0, product1);
  }
  for (; c < step; c += 4) {
    const mean = load<f32>(means + c),
      factor = load<f32>(factors + c);
    let sum: f32 = 0,
      product: f32 = 0;
    for (let at = c; at < bytes; at += step) {
      const g = load<f32>(dy + at);
      store<f32>(dx + at, g * factor);
      sum += g;
      product += g * (load<f32>(x + at) - mean);
    }
    store<f32>(sums + c, load<f32>(sums + c) + sum);
    store<f32>(products + c, load<f32>(products + c) + product);
  }
}
