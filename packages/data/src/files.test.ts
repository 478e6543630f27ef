import { homedir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dataRoot } from './files.js';

afterEach(() => vi.unstubAllEnvs());

describe('dataRoot', () => {
  it('is what it is told, else LOWBIT_DATA, else the cache', async () => {
    vi.stubEnv('LOWBIT_DATA', '/some/where');
    expect(await dataRoot('/else')).toBe('/else');
    expect(await dataRoot()).toBe('/some/where');
    vi.stubEnv('LOWBIT_DATA', '');
    expect(await dataRoot()).toBe(path.join(homedir(), '.cache', 'lowbit', 'data'));
  });
});
