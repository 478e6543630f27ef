import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FloatArray } from '@lowbit/graph';

/** A file of this folder. */
export const interop = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));
/** The interpreter that has the engines. */
export const python = process.env['LOWBIT_INTEROP_PYTHON'] ?? interop('.venv/bin/python');

/** Why others' engines cannot be asked, if they cannot. */
export const missingPython = existsSync(python)
  ? undefined
  : `no ${python}: run tools/interop/setup.sh, or name a Python that has its requirements in LOWBIT_INTEROP_PYTHON`;

export type Engine = 'qonnx' | 'qonnx-clean' | 'onnxruntime';

/** What `execute.py` answers. */
export interface Answer {
  readonly outputs: Readonly<Record<string, FloatArray>>;
  readonly versions: Readonly<Record<string, string>>;
  /** What qonnx counts, by kind of operation or memory and data types. */
  readonly cost?: Readonly<Record<string, number>>;
  /** The ops that ONNX Runtime is left with. */
  readonly operators?: Readonly<Record<string, number>>;
}

/** A process that runs ONNX files by other engines, one after the other. */
export class Interop {
  private readonly child: ChildProcessWithoutNullStreams = spawn(python, [interop('execute.py')]);
  private readonly lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  private problems = '';

  constructor() {
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.problems += text));
  }

  /** `inputs` have a batch axis. */
  async run(engine: Engine, model: Uint8Array, inputs: Readonly<Record<string, FloatArray>>): Promise<Answer> {
    const encoded = mapped(inputs, ({ shape, data }) => ({ shape, data: base64(data) }));
    this.child.stdin.write(`${JSON.stringify({ engine, model: base64(model), inputs: encoded })}\n`);
    const line = await this.lines.next();
    if (line.done) throw new Error(`Python has ended: ${this.problems.slice(-2000)}`);
    const { error, outputs, ...rest } = JSON.parse(line.value) as {
      error?: string;
      outputs: Record<string, { shape: number[]; data: string }>;
    } & Omit<Answer, 'outputs'>;
    if (error !== undefined) throw new Error(`${engine}: ${error}`);
    return { ...rest, outputs: decoded(outputs) };
  }

  close(): void {
    this.child.stdin.end();
  }
}

/** Arrays as Python writes them. */
export function decoded(
  arrays: Readonly<Record<string, { readonly shape: number[]; readonly data: string }>>,
): Record<string, FloatArray> {
  return mapped(arrays, ({ shape, data }) => ({ shape, data: numbers(data) }));
}

function mapped<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64');
}

function numbers(text: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
}
