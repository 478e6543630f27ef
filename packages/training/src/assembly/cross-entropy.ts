// Softmax cross-entropy but for its exponentials and logarithms, which are TF.js's own. Sums are taken in order, as there, so that the
// results have the bits of the composition.

/** y = x − max x, row by row. */
export function shiftRows(x: usize, y: usize, rows: i32, classes: i32): void {
  const bytes = (<usize>classes) << 2;
  for (let row = 0; row < rows; row++, x += bytes, y += bytes) {
    let most: f32 = -Infinity;
    for (let i: usize = 0; i < bytes; i += 4) most = max<f32>(most, load<f32>(x + i));
    for (let i: usize = 0; i < bytes; i += 4) store<f32>(y + i, load<f32>(x + i) - most);
  }
}

/** The sum of each row. */
export function sumRows(x: usize, sums: usize, rows: i32, classes: i32): void {
  const bytes = (<usize>classes) << 2;
  for (let row = 0; row < rows; row++, x += bytes, sums += 4) {
    let sum: f32 = 0;
    for (let i: usize = 0; i < bytes; i += 4) sum += load<f32>(x + i);
    store<f32>(sums, sum);
  }
}

/**
 * From logits less their maximum and the logarithms of what their exponentials add up to: the logarithms of the softmax, in place,
 * and the loss, the mean over the rows of −Σ p log softmax. p is `hit` for the target's class and `miss` for the others.
 */
export function crossEntropy(
  shifted: usize,
  logs: usize,
  targets: usize,
  loss: usize,
  rows: i32,
  classes: i32,
  hit: f32,
  miss: f32,
): void {
  let total: f32 = 0;
  for (let row = 0; row < rows; row++, logs += 4, targets += 4) {
    const target = load<i32>(targets),
      log = load<f32>(logs);
    let sum: f32 = 0;
    for (let c = 0; c < classes; c++, shifted += 4) {
      const value = load<f32>(shifted) - log;
      store<f32>(shifted, value);
      sum += (c == target ? hit : miss) * value;
    }
    total += sum;
  }
  store<f32>(loss, -(total / <f32>rows));
}

/** The gradient of the loss with respect to the logits, (softmax Σ p − p) / rows, in place of the softmax. */
export function crossEntropyGradient(
  softmax: usize,
  targets: usize,
  rows: i32,
  classes: i32,
  hit: f32,
  miss: f32,
): void {
  const each: f32 = -1 / <f32>rows;
  for (let row = 0; row < rows; row++, targets += 4) {
    const target = load<i32>(targets);
    let sum: f32 = 0;
    for (let c = 0; c < classes; c++) sum += each * (c == target ? hit : miss);
    for (let c = 0; c < classes; c++, softmax += 4) {
      store<f32>(softmax, each * (c == target ? hit : miss) - sum * load<f32>(softmax));
    }
  }
}
