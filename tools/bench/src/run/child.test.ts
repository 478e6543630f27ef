import { describe, expect, it } from 'vitest';
import { startChild, startProcess, sideOf, type ChildCommand } from './child.js';

const script = (code: string, rest: Partial<ChildCommand> = {}): ChildCommand => ({
  ...{ name: 'a side', command: process.execPath, args: ['-e', code], ...rest },
});

/** Answers each line with what `reply` makes of it. */
const server = (reply: string) => `
  const answer = (values) => console.log(JSON.stringify(values));
  const lines = require('node:readline').createInterface({ input: process.stdin });
  lines.on('line', (line) => (${reply})(line));
`;

describe('a side in a process of its own', () => {
  it('is asked line by line', async () => {
    const code = server(`(line) => answer(
      line === 'the plan' ? { ready: process.env.ABOUT, versions: { it: '1' } } : { ms: line.length, cpuMs: 1, memoryMiB: 7 }
    )`);
    const side = await startChild(script(code, { input: 'the plan', env: { ABOUT: 'of paper' } }));
    if ('skipped' in side) throw new Error(side.skipped);
    expect(side).toMatchObject({ name: 'a side', about: 'of paper', versions: { it: '1' } });
    expect(await side.step()).toMatchObject({ ms: 'step'.length });
    expect(await side.memory()).toBe(7);
    await side.close();
    await expect(side.step()).rejects.toThrow('its process ended (exit code 0)');
  });

  it('can be one of several that share the process', async () => {
    const started = await startProcess(
      script(server(`(line) => answer({ ms: +line.at(-1), cpuMs: 0 })`) + `answer({ ready: '' })`),
    );
    if ('skipped' in started) throw new Error(started.skipped);
    const [one, two] = [sideOf('one', started, 'step 1'), sideOf('two', started, 'step 2')];
    await one.close();
    expect([await two.step(), await one.step()]).toMatchObject([{ ms: 2 }, { ms: 1 }]);
    await started.close();
  });

  it.each([
    ['says why not', `console.log('{"skipped":"no torch here"}')`, 'no torch here'],
    [
      'dies',
      `console.error('first'); console.error('it broke'); process.exit(3)`,
      'its process ended (exit code 3) it broke',
    ],
    ['throws', `throw new Error('no memory')`, 'its process ended (exit code 1) Error: no memory'],
    ['is killed', `process.kill(process.pid, 'SIGKILL')`, 'its process ended (SIGKILL)'],
  ])('is skipped where it %s', async (_, code, skipped) => {
    expect(await startChild(script(code))).toEqual({ name: 'a side', skipped });
  });

  it('is skipped with what to do where its command is not there', async () => {
    const command = { name: 'a side', command: '/no/such/python', args: [] };
    expect(await startChild({ ...command, missing: 'install it' })).toEqual({ name: 'a side', skipped: 'install it' });
    expect(await startChild(command)).toMatchObject({ skipped: expect.stringContaining('ENOENT') });
  });

  it('fails in the step that it cannot do, and can be asked again', async () => {
    const code = server(
      `() => answer(globalThis.once ? { ms: 1, cpuMs: 1 } : ((globalThis.once = 1), { skipped: 'not now' }))`,
    );
    const side = await startChild(script(code + `answer({ ready: '' })`));
    if ('skipped' in side) throw new Error(side.skipped);
    await expect(side.step()).rejects.toThrow('not now');
    expect(await side.step()).toEqual({ ms: 1, cpuMs: 1 });
    await side.close();
  });
});
