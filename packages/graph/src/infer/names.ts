import { LowbitError } from '@lowbit/plugin-api';

/**
 * Refuses a name that is no text, that every object has without being given it, or that no file can keep. @throws
 * LowbitError
 */
export function checkName(name: unknown, where: string): asserts name is string {
  const fail = (what: string) => {
    throw new LowbitError('data', { what, where, received: name, hint: 'give it another name' });
  };
  if (typeof name !== 'string' || name === '' || name.length > 1000)
    fail('a name must be a text of 1 to 1000 characters');
  else if (/\p{Surrogate}/u.test(name)) fail('a name must be well-formed Unicode');
  else if (name in Object.prototype || name === 'prototype' || name === '__metadata__')
    fail('a name is taken by JavaScript or the file');
}
