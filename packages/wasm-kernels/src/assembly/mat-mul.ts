import { addPanel, DEPTH, packA, packB, packedBytes, ROWS } from './gemm';

/** Bytes of scratch memory that `matMul` needs. */
export function matMulScratch(columns: i32): usize {
  return packedBytes(DEPTH, columns) + ((<usize>DEPTH) << 4) + 128 + 16;
}

/** C[m, n] = Aᵀ B in float32, A [k, m], B as it is, [k, n], or transposed, [n, k]. See `pointwise` for A as it is. */
export function matMul(a: usize, b: usize, c: usize, m: i32, k: i32, n: i32, transposeB: bool, scratch: usize): void {
  const packedA = scratch + packedBytes(DEPTH, n),
    spare = packedA + ((<usize>DEPTH) << 4),
    table = spare + 128;
  const strideN = transposeB ? k : 1,
    strideKB = transposeB ? 1 : n;
  memory.fill(c, 0, (<usize>(m * n)) << 2);
  for (let k0 = 0; k0 < k; k0 += DEPTH) {
    const depth = min(DEPTH, k - k0);
    packB(b + ((<usize>(k0 * strideKB)) << 2), strideKB, strideN, depth, n, scratch);
    for (let i = 0; i < m; i += ROWS) {
      const rows = min(ROWS, m - i);
      packA(a + ((<usize>(i + k0 * m)) << 2), 1, m, rows, depth, packedA);
      for (let r = 0; r < ROWS; r++) store<usize>(table + ((<usize>r) << 2), c + ((<usize>((i + r) * n)) << 2));
      addPanel(packedA, scratch, depth, rows, n, table, spare);
    }
  }
}
