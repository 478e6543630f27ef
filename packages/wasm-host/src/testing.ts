/** What {@link scaleModule} exports. */
export interface ScaleExports {
  /** y[i] = factor * x[i] for i < size. */
  scale(x: number, y: number, size: number, factor: number): void;
}

const f32 = 0x7d;
const i32 = 0x7f;
const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
const section = (id: number, ...bytes: number[]) => [id, bytes.length, ...bytes];

// for (; size != 0; size--) { *y = *x * factor; x += 4; y += 4; }
const x = 0;
const y = 1;
const size = 2;
const factor = 3;
const get = (local: number) => [0x20, local];
const add = (local: number, value: number) => [...get(local), 0x41, value & 0x7f, 0x6a, 0x21, local];
const code = [
  ...[0x02, 0x40, 0x03, 0x40, ...get(size), 0x45, 0x0d, 1],
  ...[...get(y), ...get(x), 0x2a, 2, 0, ...get(factor), 0x94, 0x38, 2, 0],
  ...[...add(x, 4), ...add(y, 4), ...add(size, -1), 0x0c, 0, 0x0b, 0x0b, 0x0b],
];

/** A WebAssembly module by hand: it imports `env.memory` and exports `scale`. */
export const scaleModule = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...section(1, 1, 0x60, 4, i32, i32, i32, f32, 0),
  ...section(2, 1, ...name('env'), ...name('memory'), 0x02, 0x00, 0x00),
  ...section(3, 1, 0),
  ...section(7, 1, ...name('scale'), 0x00, 0),
  ...section(10, 1, code.length + 1, 0, ...code),
]);
