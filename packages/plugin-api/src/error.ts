/** What kind of failure it was; the command line turns it into an exit code. */
export type ErrorCode =
  'usage' | 'config' | 'data' | 'plugin' | 'diverged' | 'io' | 'unsupported' | 'worker' | 'memory';

/** The parts of a message that a person can act on. */
export interface ErrorParts {
  /** What was wrong: "unknown quantizer". */
  readonly what: string;
  /** Where: a path into the config, a file and offset, a layer's name. */
  readonly where?: string;
  /** What was received, shown as JSON when it is not a string. */
  readonly received?: unknown;
  /** What to do about it. */
  readonly hint?: string;
}

/** The one error of Lowbit for bad input: a single line `what, where, received, what to do`. */
export class LowbitError extends Error {
  override readonly name = 'LowbitError';

  constructor(
    readonly code: ErrorCode,
    readonly parts: ErrorParts,
    options?: ErrorOptions,
  ) {
    super(sentence(parts), options);
  }
}

function sentence({ what, where, received, hint }: ErrorParts): string {
  let text = what;
  if (where !== undefined) text += `, in ${where}`;
  if (received !== undefined) text += `, received ${shown(received)}`;
  if (hint !== undefined) text += `; ${hint}`;
  return text.replace(/\s*\n\s*/g, ' ');
}

function shown(value: unknown): string {
  const text =
    typeof value === 'string'
      ? `'${value}'`
      : typeof value === 'function'
        ? 'a function'
        : (json(value) ?? String(value));
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

function json(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
