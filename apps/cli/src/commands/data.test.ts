import { gzipSync } from 'node:zlib';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOf, lowbit, onlyJson } from '../testing/lowbit.js';

const cwd = folderOf();
const env = { LOWBIT_DATA: cwd };
// holds files of these names, but not the right ones
const server = createServer((_request, response) => response.end(gzipSync('not MNIST')));
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => void server.close());

describe('lowbit data', () => {
  it('lists the data sets with their place in LOWBIT_DATA', async () => {
    const { datasets } = onlyJson(await lowbit(['data', 'list', '--json'], cwd, env)) as {
      datasets: { folder?: string }[];
    };
    expect(datasets).toContainEqual(expect.objectContaining({ name: 'digits', present: true }));
    expect(datasets).toContainEqual(expect.objectContaining({ name: 'mnist', present: false, folder: `${cwd}/mnist` }));
  });

  it('has nothing to fetch of what is inside the package', async () => {
    const ended = await lowbit(['data', 'fetch', 'digits', '--json'], cwd, env);
    expect(onlyJson(ended)).toMatchObject({ name: 'digits', fetched: false });
  });

  it('fails in one line when a server has something else', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { code, stdout, stderr } = await lowbit(['data', 'fetch', 'mnist', '--base-url', url], cwd, env);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: wrong size.*train-images-idx3-ubyte\.gz/m);
  });

  it('suggests a name', async () => {
    const { code, stderr } = await lowbit(['data', 'fetch', 'mnits'], cwd, env);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/did you mean 'mnist'/)]);
  });
});
