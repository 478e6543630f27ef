import { LowbitError } from '@lowbit/plugin-api';
import { existsSync } from 'node:fs';

/** @throws LowbitError ('usage') there is something where a command is to write */
export function checkFree(output: string): void {
  if (!existsSync(output)) return;
  throw new LowbitError('usage', {
    what: 'something is there already',
    where: '--output',
    received: output,
    hint: 'choose another path: nothing is written over',
  });
}
