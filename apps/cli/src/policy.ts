import { LowbitError } from '@lowbit/plugin-api';
import type { Policy, PolicyRule } from '@lowbit/quant-core';
import { readFile } from 'node:fs/promises';

/**
 * Reads `--policy`: a JSON file, or JSON itself; a list of rules, one rule, or a quantizer, which is then the one of all weights.
 *
 * @throws LowbitError ('usage') a file that is not there; ('config') what is not JSON
 */
export async function readPolicy(given: string): Promise<Policy> {
  const inline = /^\s*[[{]/.test(given);
  const where = inline ? '--policy' : given;
  const value = parse(inline ? given : await read(given), where);
  if (Array.isArray(value)) return value as Policy;
  return [
    typeof value === 'object' && value && 'quantizer' in value ? { weights: value as never } : (value as PolicyRule),
  ];
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new LowbitError(
      'usage',
      {
        what: 'there is no policy here',
        where: '--policy',
        received: file,
        hint: `write a JSON file, or JSON: '{ "quantizer": "lsq", "bits": 4 }'`,
      },
      { cause },
    );
  }
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LowbitError('config', { what: `not JSON: ${(cause as Error).message}`, where }, { cause });
  }
}
