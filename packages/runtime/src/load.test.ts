import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeModel, type Graph } from '@lowbit/graph';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { load } from './load.js';
import { codedKernel, floatParameter, unsigned } from './testing.js';

const graph: Graph = {
  inputs: [{ name: 'x', shape: [4] }],
  nodes: [
    { name: 'codes', op: 'quantize', inputs: ['x'], thresholds: 't', levels: unsigned(2) },
    { name: 'y', op: 'dense', inputs: ['codes'], kernel: 'k' },
  ],
  outputs: ['y'],
  parameters: { t: floatParameter([3], Float32Array.of(0.1, 0.2, 0.3)), k: codedKernel([4, 2], [-1, 1], 1) },
  metadata: { labels: 'a b' },
};
const bytes = writeModel(graph);
const input = Float32Array.of(0, 0.15, 0.25, 1);

let folder: string;
let server: Server;
let address: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'lowbit-runtime-'));
  writeFileSync(path.join(folder, 'a model.lowbit'), bytes);
  server = createServer((request, response) => {
    if (request.url === '/model.lowbit') response.end(bytes);
    else response.writeHead(404, 'Not Found').end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  server.close();
});
afterEach(() => vi.unstubAllGlobals());

describe('load', () => {
  it('takes bytes, a path, a URL of a file or of a server, a graph', async () => {
    const file = path.join(folder, 'a model.lowbit');
    const sources = [bytes, bytes.slice().buffer, file, pathToFileURL(file), String(pathToFileURL(file)), graph];
    const { y } = await (await load(graph)).run({ x: input });
    for (const source of [...sources, `${address}/model.lowbit`, new URL('/model.lowbit', address)]) {
      const model = await load(source as Uint8Array);
      expect(await model.run({ x: input })).toEqual({ y });
      expect(model.metadata).toEqual({ labels: 'a b' });
      expect(model.inputs).toEqual([{ name: 'x', shape: [4] }]);
      expect(model.outputs).toEqual([{ name: 'y', shape: [2] }]);
    }
  });

  it('says what is wrong with what it is given', async () => {
    await expect(load(`${address}/other`)).rejects.toThrow(/other' answered 404 Not Found/);
    await expect(load(path.join(folder, 'none.lowbit'))).rejects.toThrow(/ENOENT/);
    await expect(load(7 as never)).rejects.toThrow(/received number; give the bytes of a model/);
    const damaged = bytes.slice();
    damaged[damaged.length - 1]! ^= 1;
    await expect(load(damaged)).rejects.toThrow(/checksum/);
    const unknown = { ...graph, nodes: [{ name: 'y', op: 'fft', inputs: ['x'] }] } as unknown as Graph;
    await expect(load(unknown)).rejects.toThrow(/unknown op, in node 'y' \(fft\)/);
  });

  it('needs a host with SIMD', async () => {
    vi.stubGlobal('WebAssembly', { ...WebAssembly, validate: () => false });
    await expect(load(graph)).rejects.toThrow(/no WebAssembly SIMD, which the runtime needs; use/);
    vi.stubGlobal('WebAssembly', undefined);
    await expect(load(graph)).rejects.toThrow(/no WebAssembly SIMD/);
  });

  it('runs on the kind of SIMD that is asked for', async () => {
    expect((await load(graph, { simd: 'plain' })).simd).toBe('plain');
    const { simd } = await load(graph);
    if (simd === 'plain') await expect(load(graph, { simd: 'relaxed' })).rejects.toThrow(/no relaxed SIMD/);
    else expect((await load(graph, { simd: 'relaxed' })).simd).toBe('relaxed');
  });
});

describe('a model', () => {
  it('computes as many examples as it is given', async () => {
    const model = await load(bytes);
    const [one, two] = [await model.run({ x: input }), await model.run({ x: Float32Array.of(1, 0, 1, 0) })];
    const both = await model.run({ x: Float32Array.of(...input, 1, 0, 1, 0) });
    expect([...both['y']!]).toEqual([...one['y']!, ...two['y']!]);
  });

  it('times its steps', async () => {
    const model = await load(bytes);
    let now = 0;
    const times = await model.profile({ x: input }, { repetitions: 4, clock: () => (now += 2) });
    expect(times).toEqual([
      { name: 'codes', ops: ['quantize'], ms: 0.5 },
      { name: 'y', ops: ['dense'], ms: 0.5 },
    ]);
    expect((await model.profile({ x: input })).every(({ ms }) => ms >= 0)).toBe(true);
  });

  it('says how much memory it takes', async () => {
    const { memory } = await load(bytes);
    expect(memory.total % 65536).toBe(0);
    expect(memory.weights + memory.arena + memory.scratch).toBeLessThanOrEqual(memory.total);
    expect(Math.min(...Object.values(memory))).toBeGreaterThan(0);
  });

  it('refuses inputs that it cannot compute with', async () => {
    const model = await load(bytes);
    await expect(model.run({})).rejects.toThrow("run: input 'x', received nothing; give a Float32Array of shape [4]");
    await expect(model.run({ x: input, z: input })).rejects.toThrow("the model has no input 'z'; its inputs are x");
    await expect(model.run({ x: [1, 2, 3, 4] as never })).rejects.toThrow('received Array');
    await expect(model.run({ x: new Float64Array(4) as never })).rejects.toThrow('received Float64Array');
    await expect(model.run({ x: new Float32Array(6) })).rejects.toThrow("input 'x' has 4 numbers, received 6");
    await expect(model.run({ x: new Float32Array(0) })).rejects.toThrow("input 'x' has 4 numbers, received 0");
    await expect(model.run({ x: Float32Array.of(0, 1, NaN, 2) })).rejects.toThrow("input 'x' has NaN at 2");
  });

  it('says where NaN is, in whichever example', async () => {
    const clip: Graph = {
      inputs: [{ name: 'x', shape: [7] }],
      nodes: [{ name: 'y', op: 'clip', inputs: ['x'], min: 0, max: 1 }],
      outputs: ['y'],
      parameters: {},
    };
    const model = await load(clip);
    for (let at = 0; at < 14; at++) {
      const x = new Float32Array(14).fill(Infinity);
      x[at] = NaN;
      await expect(model.run({ x })).rejects.toThrow(
        new RangeError(`run: input 'x' has NaN at ${at}; the model computes with numbers only`),
      );
    }
    expect((await model.run({ x: new Float32Array(14).fill(-Infinity) }))['y']).toEqual(new Float32Array(14));
  });

  it('refuses inputs of different numbers of examples', async () => {
    const two: Graph = {
      inputs: ['a', 'b'].map((name) => ({ name, shape: [2] })),
      nodes: [{ name: 'y', op: 'add', inputs: ['a', 'b'] }],
      outputs: ['y'],
      parameters: {},
    };
    const model = await load(two);
    const given = { a: new Float32Array(2), b: new Float32Array(4) };
    await expect(model.run(given)).rejects.toThrow('the inputs a, b have 1, 2 examples; give as many of each');
  });

  it('is gone after dispose', async () => {
    const model = await load(bytes);
    model.dispose();
    model.dispose();
    await expect(model.run({ x: input })).rejects.toThrow('the model has been disposed of');
  });
});
