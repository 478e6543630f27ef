import { LowbitError } from '@lowbit/plugin-api';
import { CommanderError } from 'commander';

/** What the process ends with. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

const USAGE_CODES: ReadonlySet<string> = new Set(['usage', 'config', 'plugin']);

/** Bad usage, a bad config or a bad plugin is 2, all else 1. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  return error instanceof LowbitError && USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed;
}

/** What went wrong, in one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

/** What `--json` says of an error. */
export function errorRecord(error: unknown): Record<string, unknown> {
  const code = error instanceof LowbitError ? error.code : 'unexpected';
  const parts = error instanceof LowbitError ? error.parts : {};
  return { error: { code, message: messageOf(error), ...parts } };
}

/** Turns commander's complaint into an error of ours; its suggestion becomes the hint. */
export function usageError(complaint: CommanderError, command: string): LowbitError {
  const [what, suggestion] = messageOf(complaint).split(/\s*\((?=Did you mean)/);
  const hint = suggestion?.replace(/^Did/, 'did').replace(/\)$/, '') ?? `see '${command} --help'`;
  return new LowbitError('usage', { what: what!.replace(/\.$/, ''), where: command, hint });
}
