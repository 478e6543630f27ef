import { SafetensorsError } from './error.js';

/** A header has three levels: the header, one tensor, its shape. */
const MAX_DEPTH = 3;

/**
 * JSON.parse of an object, which refuses what JSON.parse lets pass: a key that is given twice in one object, and nesting
 * deeper than a header has.
 */
export function parseStrictJson(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SafetensorsError(
      `the header is not valid JSON: ${(error as Error).message.replace(/\s+/g, ' ').slice(0, 120)}`,
    );
  }
  if (!isObject(value)) throw new SafetensorsError('the header is not a JSON object');
  checkKeys(text);
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Walks through valid JSON and refuses a key that its object has already. */
function checkKeys(text: string): void {
  const open: Set<string>[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '{' || char === '[') {
      if (open.push(new Set()) > MAX_DEPTH)
        throw new SafetensorsError(`the header is nested too deeply, at character ${i}`);
    } else if (char === '}' || char === ']') {
      open.pop();
    } else if (char === '"') {
      const start = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++;
      let next = i + 1;
      while (' \t\r\n'.includes(text[next]!)) next++;
      if (text[next] !== ':') continue;
      const key = JSON.parse(text.slice(start, i + 1)) as string;
      if (open.at(-1)!.has(key))
        throw new SafetensorsError(`a name is given twice in the header, received ${JSON.stringify(key)}`);
      open.at(-1)!.add(key);
    }
  }
}
