import plain from '../generated/plain.js';
import relaxed from '../generated/relaxed.js';

/** Which instructions a module is made of: 128-bit SIMD, or relaxed SIMD too, whose products are faster. Their results are the same. */
export type Simd = 'plain' | 'relaxed';

/** What the WASM module has: addresses and sizes in bytes; see `assembly/`. */
export interface Kernels {
  convolutionScratch(convolution: number): number;
  convolve(convolution: number, first: number, last: number, scratch: number): void;
  quantize(x: number, y: number, size: number, coding: number, spare: number): void;
  dequantize(x: number, y: number, size: number, table: number, count: number): void;
  copyBlock(x: number, y: number, axes: number, count: number, bytes: number): void;
  fillBytes(y: number, size: number, value: number): void;
  affine(x: number, y: number, rows: number, channels: number, scale: number, bias: number): void;
  chain(x: number, first: number, last: number, size: number, links: number, count: number, scratch: number): void;
  clip(x: number, y: number, size: number, low: number, high: number): void;
  combine(a: number, b: number, y: number, size: number, operation: number): void;
  averageCodes(window: number, x: number, y: number, table: number, scale: number): void;
  averagePool(window: number, x: number, y: number, first: number, last: number): void;
  maxPool(window: number, x: number, y: number, bytes: number, first: number, last: number): void;
  firstNaN(x: number, size: number): number;
  findLines(
    scale: number,
    bias: number,
    missing: number,
    filters: number,
    thresholds: number,
    last: number,
    most: number,
    spare: number,
  ): number;
  packBits(bits: number, to: number, depth: number, pitch: number, first: number, filters: number, flip: number): void;
  packFloats(from: number, to: number, depth: number, filters: number): void;
  convTranspose(window: number, x: number, kernel: number, y: number, isWhole: number): void;
  matMul(
    a: number,
    b: number,
    y: number,
    m: number,
    k: number,
    n: number,
    stepK: number,
    stepN: number,
    isWhole: number,
  ): void;
  simpleStep(p: number, q: number, h: number, units: number, activation: number): void;
  lstmStep(p: number, q: number, h: number, c: number, units: number, activation: number, gate: number): void;
  gruReset(p: number, q: number, h: number, reset: number, units: number, gate: number): void;
  gruStep(p: number, q: number, candidate: number, h: number, units: number, activation: number, gate: number): void;
  softmax(x: number, y: number, rows: number, width: number): void;
  layerNorm(x: number, y: number, rows: number, width: number, epsilon: number, gamma: number, beta: number): void;
  mean(x: number, y: number, outer: number, count: number, inner: number): void;
  embedding(x: number, y: number, size: number, table: number, entries: number, width: number): number;
  shift(
    window: number,
    x: number,
    y: number,
    offsets: number,
    bytes: number,
    outside: number,
    first: number,
    last: number,
  ): void;
  activeShift(window: number, x: number, y: number, channels: number, first: number, last: number): void;
  frame(
    x: number,
    y: number,
    size: number,
    left: number,
    pitch: number,
    table: number,
    count: number,
    first: number,
    last: number,
  ): void;
  unary(x: number, y: number, size: number, name: number): void;
  relaxedDotProbe(a: number, b: number, sum: number): number;
  relaxedShortDotProbe(a: number, b: number): number;
  relaxedSwizzleProbe(index: number): number;
}

/** An instance, and what its relaxed instructions turned out to give. */
export interface Engine {
  readonly kernels: Kernels;
  /** What it is an instance of; several threads' instances work on one memory. */
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly simd: Simd;
  /** Whether dot products of 8 bits take second operands up to 255, exactly; where they do, they are one instruction. */
  readonly hasWideDot: boolean;
}

/** Of memory, 4 GiB; the kernels' sources say so too. */
const MOST_PAGES = 65536;

// (func (result v128) (v128.const …)): valid where there is SIMD
const simdProbe = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[1, 5, 1, 0x60, 0, 1, 0x7b],
  ...[3, 2, 1, 0],
  ...[10, 22, 1, 20, 0, 0xfd, 0x0c, ...new Array<number>(16).fill(0), 0x0b],
]);

/**
 * An engine with a memory of its own, shared with other threads or not. Relaxed SIMD is used where the host has it and its results are what the
 * kernels need, which hosts differ in; `asked` wants one kind.
 *
 * @throws Error where the host has no WebAssembly SIMD, or not the kind that is asked for
 */
export async function engine(asked?: Simd, shared = false): Promise<Engine> {
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(simdProbe)) {
    throw new Error(
      'this host has no WebAssembly SIMD, which the runtime needs; use Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or later',
    );
  }
  if (asked !== 'plain') {
    const module = await moduleOf('relaxed', shared);
    const found = module && probed(await instance(module, 'relaxed', shared));
    if (found) return found;
    if (asked) {
      throw new Error(
        "load: this host has no relaxed SIMD, or one whose results are not the kernels'; leave out the option simd, or ask for 'plain'",
      );
    }
  }
  return instance((await moduleOf('plain', shared))!, 'plain', shared);
}

const modules = new Map<string, Promise<WebAssembly.Module | undefined>>();

/** The kernels, compiled once; undefined where the host does not know their instructions. */
function moduleOf(simd: Simd, shared: boolean): Promise<WebAssembly.Module | undefined> {
  const key = `${simd} ${shared}`;
  const known = modules.get(key) ?? compiled(fromBase64(simd === 'plain' ? plain : relaxed), shared);
  modules.set(key, known);
  return known;
}

// the name of the import, its kind (a memory), and its limits: a maximum, shared
const SHARED_MEMORY = [...'memory'].map((letter) => letter.charCodeAt(0)).concat(2, 3);

async function compiled(bytes: Uint8Array<ArrayBuffer>, shared: boolean): Promise<WebAssembly.Module | undefined> {
  if (!shared) {
    const at = bytes.findIndex((_, i) => SHARED_MEMORY.every((byte, k) => bytes[i + k] === byte));
    // the same import but for the bit that says shared
    bytes[at + SHARED_MEMORY.length - 1] = 1;
  }
  return WebAssembly.compile(bytes).catch((error: unknown) => {
    if (error instanceof WebAssembly.CompileError) return undefined;
    throw error;
  });
}

async function instance(module: WebAssembly.Module, simd: Simd, shared: boolean): Promise<Engine> {
  const memory = memoryOf(shared);
  const env = { memory, abort: () => undefined };
  const { exports } = await WebAssembly.instantiate(module, { env });
  return { kernels: exports as unknown as Kernels, module, memory, simd, hasWideDot: false };
}

/** A memory that can grow as far as the host lets it: room for a shared one is set aside at once. */
function memoryOf(shared: boolean, maximum = MOST_PAGES): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum, shared });
  } catch (error) {
    if (!shared || maximum < 2) throw error;
    return memoryOf(shared, maximum / 2);
  }
}

/** The engine, where relaxed instructions give what the kernels need. */
function probed(engine: Engine): Engine | undefined {
  const { relaxedDotProbe, relaxedShortDotProbe, relaxedSwizzleProbe } = engine.kernels;
  const isRight =
    relaxedShortDotProbe(-8, 15) === -240 &&
    relaxedShortDotProbe(7, 127) === 2 * 7 * 127 &&
    relaxedSwizzleProbe(0) === 7 &&
    relaxedSwizzleProbe(15) === 67;
  if (!isRight) return undefined;
  const hasWideDot = [
    [127, 255, 3],
    [-128, 255, 3],
    [-128, 127, -7],
  ].every(([a, b, sum]) => relaxedDotProbe(a!, b!, sum!) === 4 * a! * b! + sum!);
  return { ...engine, hasWideDot };
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
