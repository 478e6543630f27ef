/** The command that goes on with a run, to be copied into a shell. */
export function resumeCommand(dir: string): string {
  return `lowbit train --resume ${quoted(dir)}`;
}

/** A word as a POSIX shell reads it. */
function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
