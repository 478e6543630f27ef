import { describe, expect, it } from 'vitest';
import { folderOf, lowbit, onlyJson } from './testing/lowbit.js';

const cwd = folderOf({
  'prints.json': { plugins: ['./prints.js'] },
  'prints.js': "console.log('by console'); process.stdout.write('by stdout\\n');",
});

describe('lowbit', () => {
  it.each([
    [['trian'], "error: unknown command 'trian', in lowbit; did you mean train?"],
    [['train', '--sede', '3'], "error: unknown option '--sede', in lowbit train; did you mean --seed?"],
    [['train', '--seed', 'x'], "error: a whole number of at least 0 is needed, in --seed, received 'x'"],
    [['eval'], "error: missing required argument 'run', in lowbit eval; see 'lowbit eval --help'"],
  ])('%s is bad usage', async (args, line) => {
    expect(await lowbit(args, cwd)).toEqual({ code: 2, signal: null, stdout: '', stderr: `${line}\n` });
  });

  it('shows its help where a command is missing', async () => {
    const { code, stdout, stderr } = await lowbit(['data'], cwd);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: lowbit');
  });

  it('shows help and version on request', async () => {
    const help = await lowbit(['train', '--help'], cwd);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const option of ['--out', '--backend', '--seed', '--set', '--resume', '--json'])
      expect(help.stdout).toContain(option);
    expect(await lowbit(['--version'], cwd)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it('prints an error as JSON too when asked to', async () => {
    const ended = await lowbit(['train', 'none.json', '--json'], cwd);
    expect(ended.code).toBe(2);
    expect(onlyJson(ended)).toEqual({
      error: {
        code: 'config',
        message: 'no such config, in none.json; give the path of an experiment',
        what: 'no such config',
        where: 'none.json',
        hint: 'give the path of an experiment',
      },
    });
  });

  it('shows the stack with --verbose', async () => {
    const args = ['train', 'none.json'];
    expect((await lowbit([...args, '--verbose'], cwd)).stderr).toContain('    at ');
  });

  it('keeps what plugins print off stdout', async () => {
    const ended = await lowbit(['plugins', 'prints.json', '--json'], cwd);
    expect(onlyJson(ended)).toMatchObject({ error: { code: 'plugin' } });
    expect(ended.stderr).toContain('by console\nby stdout\n');
  });
});
