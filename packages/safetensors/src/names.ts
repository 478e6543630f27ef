import { SafetensorsError } from './error.js';

/** The header's key that holds the metadata, and so no tensor's name. */
export const METADATA = '__metadata__';

/** Refuses the key `__proto__`, which would reach the prototype in careless JavaScript, and text that has no UTF-8. */
export function checkKey(key: string, where: string): void {
  if (key === '__proto__') throw new SafetensorsError(`the name '__proto__' is not allowed, in ${where}`);
  checkText(key, where);
}

/** Refuses half a surrogate pair: no other reader could take it back. */
export function checkText(text: string, where: string): void {
  if (/\p{Surrogate}/u.test(text))
    throw new SafetensorsError(
      `text is not well-formed Unicode, in ${where}, received ${JSON.stringify(text).slice(0, 120)}`,
    );
}

/** Orders two strings by code point, which is the order of their UTF-8 bytes. */
export function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
