import { addPanel, DEPTH, packA, packB, packedBytes, ROWS } from './gemm';

/** Bytes of scratch memory that `matMul` needs. */
export function matMulScratch(columns: i32): usize {
  return packedBytes(DEPTH, columns) + ((<usize>DEPTH) << 4) + 128 + 16;
}

/** C[m, n] = A B in float32, each of A and B as it is or transposed; A is [m, k] or [k, m], B is [k, n] or [n, k]. */
export function matMul(
  a: usize,
  b: usize,
  c: usize,
  m: i32,
  k: i32,
  n: i32,
  transposeA: bool,
  transposeB: bool,
  scratch: usize,
): void {
  const packedA = scratch + packedBytes(DEPTH, n),
    spare = packedA + ((<usize>DEPTH) << 4),
    table = spare + 128;
  const strideI = transposeA ? 1 : k,
    strideKA = transposeA ? m : 1;
  const strideN = transposeB ? k : 1,
    strideKB = transposeB ? 1 : n;
  memory.fill(c, 0, (<usize>(m * n)) << 2);
  for (let k0 = 0; k0 < k; k0 += DEPTH) {
    const depth = min(DEPTH, k - k0);
    packB(b + ((<usize>(k0 * strideKB)) << 2), strideKB, strideN, depth, n, scratch);
    for (let i = 0; i < m; i += ROWS) {
      const rows = min(ROWS, m - i);
      packA(a + ((<usize>(i * strideI + k0 * strideKA)) << 2), strideI, strideKA, rows, depth, packedA);
      for (let r = 0; r < ROWS; r++) store<usize>(table + ((<usize>r) << 2), c + ((<usize>((i + r) * n)) << 2));
      addPanel(packedA, scratch, depth, rows, n, table, spare);
    }
  }
}
