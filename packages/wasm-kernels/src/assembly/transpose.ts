// Transposes of 4-byte values: y[outer, columns, rows, inner] from x[outer, rows, columns, inner].

/** Columns of x at a time: as many lines of y are written side by side, few enough for any one set of the first-level cache. */
const STRIP: i32 = 8;

export function transpose(x: usize, y: usize, outer: i32, rows: i32, columns: i32, inner: i32): void {
  const bytes = (<usize>(rows * columns * inner)) << 2;
  for (let i = 0; i < outer; i++, x += bytes, y += bytes) {
    if (inner == 1) transposeValues(x, y, rows, columns);
    else transposeRuns(x, y, rows, columns, (<usize>inner) << 2);
  }
}

function transposeValues(x: usize, y: usize, rows: i32, columns: i32): void {
  const line = (<usize>columns) << 2,
    outLine = (<usize>rows) << 2;
  const wholeRows = rows & ~3,
    wholeColumns = columns & ~3;
  for (let c0 = 0; c0 < wholeColumns; c0 += STRIP) {
    const end = min(wholeColumns, c0 + STRIP);
    for (let r = 0; r < wholeRows; r += 4) {
      for (let c = c0; c < end; c += 4) {
        const at = (<usize>c) << 2;
        transposeTile(x + <usize>r * line + at, line, y + <usize>c * outLine + ((<usize>r) << 2), outLine);
      }
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let c = r < wholeRows ? wholeColumns : 0; c < columns; c++) {
      store<u32>(y + <usize>c * outLine + ((<usize>r) << 2), load<u32>(x + <usize>r * line + ((<usize>c) << 2)));
    }
  }
}

function transposeTile(x: usize, line: usize, y: usize, outLine: usize): void {
  const a = v128.load(x),
    b = v128.load(x + line),
    c = v128.load(x + 2 * line),
    d = v128.load(x + 3 * line);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5),
    cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5),
    abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7),
    cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(y + outLine, v128.shuffle<i64>(ab, cd, 1, 3));
  v128.store(y + 2 * outLine, v128.shuffle<i64>(abHigh, cdHigh, 0, 2));
  v128.store(y + 3 * outLine, v128.shuffle<i64>(abHigh, cdHigh, 1, 3));
}

function transposeRuns(x: usize, y: usize, rows: i32, columns: i32, run: usize): void {
  const line = <usize>columns * run,
    vectors = run & ~15;
  for (let c = 0; c < columns; c++, x += run) {
    let from = x;
    for (let r = 0; r < rows; r++, from += line, y += run) {
      let at: usize = 0;
      for (; at < vectors; at += 16) v128.store(y + at, v128.load(from + at));
      for (; at < run; at += 4) store<u32>(y + at, load<u32>(from + at));
    }
  }
}
