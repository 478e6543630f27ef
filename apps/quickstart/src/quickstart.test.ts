import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../bin/quickstart.js', import.meta.url));
const cwd = mkdtempSync(path.join(os.tmpdir(), 'lowbit-quickstart-'));
afterAll(() => rm(cwd, { recursive: true, force: true }));

/** Both experiments, made so small that they take seconds. */
const SMALL = [
  'data.limit=60',
  'data.testLimit=30',
  'model.widths=[4]',
  'model.blocks=[2]',
  'batchSize=20',
  'stages.0.epochs=5',
  'stages.1.epochs=1',
].flatMap((each) => ['--set', each]);

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { ...process.env, LOWBIT_BACKEND: 'cpu' } });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, ...said }));
  return { child, said, ended };
}

describe('npm start', () => {
  it('trains both, shows them side by side, and names commands that work', async () => {
    const { code, stdout, stderr } = await start(SMALL).ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^W1A4 {3}epoch 6\/6 {2}test .* done$/m);
    expect(stderr).toMatch(/^float {2}epoch 6\/6 {2}test .* done$/m);
    expect(stdout).toMatch(/pointwise +│ +112 × 1 = 112 │ +112 × 32 = 3,584/);
    for (const name of ['w1a4', 'float']) {
      expect(stdout).toContain(`runs/quickstart/${name}`);
      expect(existsSync(path.join(cwd, 'runs/quickstart', name, 'summary.json'))).toBe(true);
    }
  });

  it('stops both when interrupted, and goes on with --resume', async () => {
    const { child, said, ended } = start(SMALL);
    while (!said.stderr.includes('epoch 5/6')) await once(child.stderr, 'data');
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('npm start -- --resume runs/quickstart-2');
    const resumed = await start(['--resume', 'runs/quickstart-2']).ended;
    expect(resumed).toMatchObject({ code: 0 });
    const metrics = (run: string) =>
      (JSON.parse(readFileSync(path.join(cwd, 'runs', run, 'summary.json'), 'utf8')) as { metrics: object }).metrics;
    for (const name of ['w1a4', 'float'])
      expect(metrics(`quickstart-2/${name}`)).toEqual(metrics(`quickstart/${name}`));
  });

  it('fails with the run that fails, in one line', async () => {
    const { code, stdout, stderr } = await start([...SMALL, '--set', 'modle=1']).ended;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: the (W1A4|float) run failed: unknown key 'modle', in experiment/m);
  });

  it.each([
    [['--bakend', 'cpu'], /^error: Unknown option '--bakend'/],
    [['--resume', 'nowhere'], /^error: no such folder, in --resume, received 'nowhere'/],
  ])('%s is bad usage', async (args, message) => {
    const { code, stderr } = await start(args).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
