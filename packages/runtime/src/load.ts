import { readModel, type Graph } from '@lowbit/graph';
import { Model } from './model.js';
import { threadCount } from './threads/count.js';
import { Team } from './threads/team.js';
import { engine, type Simd } from './wasm/kernels.js';

export interface LoadOptions {
  /** Runs on this kind of instructions, or not at all. By default relaxed SIMD where the host has it. Both give the same results. */
  readonly simd?: Simd;
  /**
   * Threads that compute the model together, or 'auto' for as many as the host has cores, at most 4; by default 1, which is all there is in a
   * page that is not cross-origin isolated. The results are the same.
   */
  readonly threads?: number | 'auto';
}

/**
 * Makes a packed network ready to run.
 *
 * @param source the bytes of a file of `lowbit export`, its URL, its path (in Node), or a graph
 * @throws RangeError of no number of threads; LowbitError where the file is damaged, of a newer version, or has an op that is not known; Error where it cannot be had, or where the
 *   host has no WebAssembly SIMD
 */
export async function load(
  source: Uint8Array | ArrayBuffer | URL | string | Graph,
  { simd, threads }: LoadOptions = {},
): Promise<Model> {
  const count = threadCount(threads);
  const team = count > 1 ? new Team(count) : undefined;
  try {
    const [graph, host] = await Promise.all([graphOf(source), engine(simd, team !== undefined)]);
    const model = new Model(graph, host, team);
    await model.begin(host);
    return model;
  } catch (error) {
    team?.end();
    throw error;
  }
}

async function graphOf(source: Uint8Array | ArrayBuffer | URL | string | Graph): Promise<Graph> {
  if (source instanceof Uint8Array) return read(source);
  if (source instanceof ArrayBuffer) return read(new Uint8Array(source));
  if (typeof source === 'string' || source instanceof URL) return read(await bytesAt(source));
  if (Array.isArray(Object(source).nodes)) return source;
  throw new Error(`load: received ${typeof source}; give the bytes of a model, its URL or its path`);
}

/** Codes are unpacked as the kernels' weights are made of them, and not kept. */
const read = (bytes: Uint8Array) => readModel(bytes, { keepCodes: false });

/** A file in Node, unless it is named by a URL of another protocol; else what a server has there. */
async function bytesAt(where: URL | string): Promise<Uint8Array> {
  const files = nodeFiles();
  const isElsewhere = /^(?!file:)[a-z][a-z0-9+.-]+:/i.test(String(where));
  if (files && !isElsewhere) return files.readFile(String(where).startsWith('file:') ? new URL(where) : where);
  const response = await fetch(where);
  if (!response.ok)
    throw new Error(`load: '${String(where)}' answered ${response.status} ${response.statusText}; check the address`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Node's file system without an import, which bundlers for browsers would stumble over. */
function nodeFiles(): typeof import('node:fs/promises') | undefined {
  return globalThis.process?.getBuiltinModule?.('node:fs/promises');
}
