import { Command, CommanderError } from 'commander';
import packageJson from '../package.json';
import { compareCommand } from './commands/compare.js';
import { dataCommand } from './commands/data.js';
import { doctorCommand } from './commands/doctor.js';
import { evalCommand } from './commands/eval.js';
import { exportCommand } from './commands/export.js';
import { inspectCommand } from './commands/inspect.js';
import { pluginsCommand } from './commands/plugins.js';
import { quantizeCommand } from './commands/quantize.js';
import { trainCommand } from './commands/train.js';
import type { Finish } from './command.js';
import { errorRecord, EXIT, exitCodeOf, messageOf, usageError } from './errors.js';
import { keepStdoutClean, print } from './io.js';

/**
 * Runs `lowbit ARGS`.
 *
 * @param args without the names of node and of the script
 * @returns the exit code: 0 ok, 1 failed, 2 bad usage, config or plugin, 130 interrupted
 */
export async function main(args: readonly string[]): Promise<number> {
  keepStdoutClean();
  let exitCode: number = EXIT.ok;
  const root = program((code) => (exitCode = code));
  try {
    await root.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return fail(error, root, args);
  }
}

function program(finish: Finish): Command {
  const root = new Command('lowbit')
    .description('Trains, evaluates and inspects few-bit neural networks.')
    .version(packageJson.version);
  const commands = [
    trainCommand,
    evalCommand,
    inspectCommand,
    quantizeCommand,
    exportCommand,
    compareCommand,
    dataCommand,
    doctorCommand,
    pluginsCommand,
  ];
  for (const make of commands) root.addCommand(make(finish));
  return overrideExits(root);
}

/** Commander throws instead of ending the process, and its complaints are left to {@link fail}. */
function overrideExits(command: Command): Command {
  command.exitOverride().configureOutput({ outputError: () => undefined, writeOut: print });
  for (const each of command.commands) overrideExits(each);
  return command;
}

function fail(thrown: unknown, root: Command, args: readonly string[]): number {
  const exitCode = exitCodeOf(thrown);
  // help and version are no errors; help that is shown for want of a command says itself what to do
  if (exitCode === EXIT.ok || (thrown instanceof CommanderError && thrown.code === 'commander.help')) return exitCode;
  const error = thrown instanceof CommanderError ? usageError(thrown, commandName(root, args)) : thrown;
  process.stderr.write(`error: ${messageOf(error)}\n`);
  if (args.includes('--verbose') && error instanceof Error) process.stderr.write(`${chain(error)}\n`);
  if (args.includes('--json')) print(`${JSON.stringify(errorRecord(error))}\n`);
  return exitCode;
}

/** 'lowbit data fetch' of ['data', 'fetch', 'mnist']. */
function commandName(root: Command, args: readonly string[]): string {
  const names = [root.name()];
  let command: Command | undefined = root;
  for (const arg of args) {
    command = command.commands.find((each) => each.name() === arg);
    if (!command) break;
    names.push(arg);
  }
  return names.join(' ');
}

/** The stacks of an error and of what caused it. */
function chain(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by ${chain(error.cause)}` : own;
}
