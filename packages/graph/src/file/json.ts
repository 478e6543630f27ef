import { LowbitError } from '@lowbit/plugin-api';

/** What the graph's JSON nests no deeper than. */
const MAX_DEPTH = 8;

/** Refuses what a file says. @throws LowbitError */
export function refuse(what: string, where?: string, received?: unknown, hint?: string): never {
  throw new LowbitError('data', {
    what,
    where: where ? `${where} of the model file` : 'the model file',
    received,
    hint,
  });
}

/** JSON.parse of an object that does not nest too deeply for what looks at it later. @throws LowbitError */
export function parseJson(text: string): Record<string, unknown> {
  checkDepth(text);
  try {
    return record(JSON.parse(text), 'the graph');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refuse(`the graph is not valid JSON: ${error.message.slice(0, 120)}`);
  }
}

/** @throws LowbitError unless it is an object */
export function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return refuse('it must be an object', where, value);
}

/** @throws LowbitError unless it is a list */
export function list(value: unknown, where: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse('it must be a list', where, value);
}

function checkDepth(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') for (i++; i < text.length && text[i] !== '"'; i++) i += text[i] === '\\' ? 1 : 0;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    if (depth > MAX_DEPTH) refuse('it nests too deeply', 'the graph', `character ${i}`);
  }
}
