const said = new Set<string>();

/** Says once why there are fewer threads than were asked for. */
export function notice(threads: number, reason: string): void {
  const text = `@lowbit/runtime runs on ${threads === 1 ? 'one thread' : `${threads} threads`}: ${reason}`;
  if (said.has(text)) return;
  said.add(text);
  console.warn(text);
}
