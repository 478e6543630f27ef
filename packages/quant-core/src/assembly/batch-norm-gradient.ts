import { BLOCK } from './batch-norm-statistics';
import { passInside } from './clip-quantize';

/**
 * Gradients of batch normalization by the batch's own statistics, all but that of x. With r = 1/√(variance + epsilon), N = count:
 * dBeta = Σ dy, dGamma = r·Σ dy·(x − mean), dx = gamma·r·(dy − dBeta/N − r·(x − mean)·dGamma/N). Where `inside` is not 0, dy
 * counts where it is marked there and is 0 elsewhere. `scratch` then has what {@link batchNormGradientRows} needs.
 */
export function batchNormGradientSums(
  dy: usize,
  x: usize,
  mean: usize,
  variance: usize,
  gamma: usize,
  dGamma: usize,
  dBeta: usize,
  scratch: usize,
  count: i32,
  channels: i32,
  epsilon: f32,
  inside: usize,
): void {
  const slopes = scratch + ((<usize>channels) << 4),
    bends = slopes + ((<usize>channels) << 2),
    shifts = bends + ((<usize>channels) << 2),
    block = shifts + ((<usize>channels) << 2);
  sumProducts(dy, x, mean, dGamma, dBeta, scratch, count, channels, inside, block);
  for (let c = 0; c < channels; c++) {
    const at = (<usize>c) << 2,
      sums = scratch + ((<usize>c) << 4);
    const r = 1 / sqrt<f64>(<f64>load<f32>(variance + at) + <f64>epsilon),
      slope = <f64>load<f32>(gamma + at) * r;
    const beta = load<f64>(sums),
      products = load<f64>(sums, 8);
    store<f32>(dBeta + at, <f32>beta);
    store<f32>(dGamma + at, <f32>(r * products));
    store<f32>(slopes + at, <f32>slope);
    store<f32>(bends + at, <f32>((-slope * r * r * products) / <f64>count));
    store<f32>(shifts + at, <f32>((-slope * beta) / <f64>count));
  }
}

/** `rows` rows of dx from row `first` on, a multiple of BLOCK; dy and x are given whole, dx at its row `first`. */
export function batchNormGradientRows(
  dy: usize,
  x: usize,
  mean: usize,
  dx: usize,
  scratch: usize,
  first: i32,
  rows: i32,
  channels: i32,
  inside: usize,
): void {
  const slopes = scratch + ((<usize>channels) << 4),
    bends = slopes + ((<usize>channels) << 2),
    shifts = bends + ((<usize>channels) << 2),
    block = shifts + ((<usize>channels) << 2);
  const pixel = (<usize>channels) << 2,
    end = first + rows;
  dy += <usize>first * pixel;
  x += <usize>first * pixel;
  for (; first < end; first += BLOCK) {
    const count = min(BLOCK, end - first);
    spread(masked(dy, inside, first, count, channels, block), x, mean, dx, slopes, bends, shifts, count, channels);
    dy += BLOCK * pixel;
    x += BLOCK * pixel;
    dx += BLOCK * pixel;
  }
}

/** The rows of dy from `first` on, which lie at `dy`: as they are, or copied to `block` where they are marked and 0 elsewhere. */
function masked(dy: usize, inside: usize, first: i32, rows: i32, channels: i32, block: usize): usize {
  if (!inside) return dy;
  // a block's rows are a multiple of a word's 32 marks
  passInside(dy, inside + (((<usize>first * channels) >> 5) << 2), block, rows * channels);
  return block;
}

/** scratch[c] = Σ dy and Σ dy·(x − mean), as two float64; `products` and `plain` are used for the sums of a block. */
function sumProducts(
  dy: usize,
  x: usize,
  mean: usize,
  products: usize,
  plain: usize,
  scratch: usize,
  count: i32,
  channels: i32,
  inside: usize,
  block: usize,
): void {
  memory.fill(scratch, 0, (<usize>channels) << 4);
  const pixel = (<usize>channels) << 2;
  for (let first = 0; first < count; first += BLOCK) {
    const rows = min(BLOCK, count - first);
    const from = masked(dy, inside, first, rows, channels, block);
    let c = 0;
    for (; c + 16 <= channels; c += 16) {
      const at = (<usize>c) << 2;
      products16(from + at, x + at, pixel, rows, mean + at, products + at, plain + at);
    }
    for (; c < channels; c++) {
      const at = (<usize>c) << 2;
      products1(from + at, x + at, pixel, rows, mean + at, products + at, plain + at);
    }
    for (c = 0; c < channels; c++) {
      const at = (<usize>c) << 2,
        sums = scratch + ((<usize>c) << 4);
      store<f64>(sums, load<f64>(sums) + <f64>load<f32>(plain + at));
      store<f64>(sums, load<f64>(sums, 8) + <f64>load<f32>(products + at), 8);
    }
    dy += <usize>rows * pixel;
    x += <usize>rows * pixel;
  }
}

function products16(dy: usize, x: usize, pixel: usize, rows: i32, mean: usize, products: usize, plain: usize): void {
  const ma = v128.load(mean),
    mb = v128.load(mean, 16),
    mc = v128.load(mean, 32),
    md = v128.load(mean, 48);
  let a = f32x4.splat(0),
    b = a,
    c = a,
    d = a,
    pa = a,
    pb = a,
    pc = a,
    pd = a;
  const end = dy + <usize>rows * pixel;
  for (; dy < end; dy += pixel, x += pixel) {
    let g = v128.load(dy);
    a = f32x4.add(a, g);
    pa = f32x4.add(pa, f32x4.mul(g, f32x4.sub(v128.load(x), ma)));
    g = v128.load(dy, 16);
    b = f32x4.add(b, g);
    pb = f32x4.add(pb, f32x4.mul(g, f32x4.sub(v128.load(x, 16), mb)));
    g = v128.load(dy, 32);
    c = f32x4.add(c, g);
    pc = f32x4.add(pc, f32x4.mul(g, f32x4.sub(v128.load(x, 32), mc)));
    g = v128.load(dy, 48);
    d = f32x4.add(d, g);
    pd = f32x4.add(pd, f32x4.mul(g, f32x4.sub(v128.load(x, 48), md)));
  }
  v128.store(plain, a);
  v128.store(plain, b, 16);
  v128.store(plain, c, 32);
  v128.store(plain, d, 48);
  v128.store(products, pa);
  v128.store(products, pb, 16);
  v128.store(products, pc, 32);
  v128.store(products, pd, 48);
}

function products1(dy: usize, x: usize, pixel: usize, rows: i32, mean: usize, products: usize, plain: usize): void {
  const m = load<f32>(mean);
  let sum: f32 = 0,
    product: f32 = 0;
  const end = dy + <usize>rows * pixel;
  for (; dy < end; dy += pixel, x += pixel) {
    const g = load<f32>(dy);
    sum += g;
    product += g * (load<f32>(x) - m);
  }
  store<f32>(plain, sum);
  store<f32>(products, product);
}

/** dx = dy·slope + (x − mean)·bend + shift, row by row: each with the factors of its channel. */
function spread(
  dy: usize,
  x: usize,
  mean: usize,
  dx: usize,
  slopes: usize,
  bends: usize,
  shifts: usize,
  count: i32,
  channels: i32,
): void {
  const pixel = (<usize>channels) << 2,
    vectors = pixel & ~15;
  for (let i = 0; i < count; i++) {
    let at: usize = 0;
    for (; at < vectors; at += 16) {
      const bent = f32x4.mul(f32x4.sub(v128.load(x + at), v128.load(mean + at)), v128.load(bends + at));
      const sloped = f32x4.mul(v128.load(dy + at), v128.load(slopes + at));
      v128.store(dx + at, f32x4.add(f32x4.add(sloped, bent), v128.load(shifts + at)));
    }
    for (; at < pixel; at += 4) {
      const bent = (load<f32>(x + at) - load<f32>(mean + at)) * load<f32>(bends + at);
      store<f32>(dx + at, load<f32>(dy + at) * load<f32>(slopes + at) + bent + load<f32>(shifts + at));
    }
    dy += pixel;
    x += pixel;
    dx += pixel;
  }
}
