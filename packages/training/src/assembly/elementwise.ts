/** Floats that a register holds: those of a program stay in the first cache. */
const BLOCK: i32 = 256;

/**
 * Runs a program on `size` floats, a block after the other.
 *
 * @param code instructions of four words: operation, and the registers of the result and of both operands
 * @param registers pairs of words: an address, and how many bytes it moves on after each block
 */
export function elementwise(code: usize, instructions: i32, registers: usize, count: i32, size: i32): void {
  const codeEnd = code + ((<usize>instructions) << 4),
    registersEnd = registers + ((<usize>count) << 3);
  for (; size > 0; size -= BLOCK) {
    const bytes = (<usize>min(size, BLOCK)) << 2;
    for (let at = code; at < codeEnd; at += 16) {
      const to = load<usize>(registers + (load<usize>(at, 4) << 3)),
        a = load<usize>(registers + (load<usize>(at, 8) << 3)),
        b = load<usize>(registers + (load<usize>(at, 12) << 3));
      calculate(load<i32>(at), to, a, b, bytes);
    }
    for (let at = registers; at < registersEnd; at += 8) store<usize>(at, load<usize>(at) + load<usize>(at, 4));
  }
}

// as in `OPERATIONS`, program.ts
const ADD = 0,
  SUB = 1,
  MUL = 2,
  DIV = 3;

function calculate(operation: i32, to: usize, a: usize, b: usize, bytes: usize): void {
  const whole = bytes & ~15;
  let i: usize = 0;
  if (operation == ADD) {
    for (; i < whole; i += 16) v128.store(to + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
  } else if (operation == SUB) {
    for (; i < whole; i += 16) v128.store(to + i, f32x4.sub(v128.load(a + i), v128.load(b + i)));
  } else if (operation == MUL) {
    for (; i < whole; i += 16) v128.store(to + i, f32x4.mul(v128.load(a + i), v128.load(b + i)));
  } else if (operation == DIV) {
    for (; i < whole; i += 16) v128.store(to + i, f32x4.div(v128.load(a + i), v128.load(b + i)));
  } else {
    for (; i < whole; i += 16) v128.store(to + i, f32x4.sqrt(v128.load(a + i)));
  }
  for (; i < bytes; i += 4) store<f32>(to + i, one(operation, load<f32>(a + i), load<f32>(b + i)));
}

function one(operation: i32, a: f32, b: f32): f32 {
  if (operation == ADD) return a + b;
  if (operation == SUB) return a - b;
  if (operation == MUL) return a * b;
  if (operation == DIV) return a / b;
  return sqrt<f32>(a);
}
