import { LowbitError } from '@lowbit/plugin-api';

/** A value that may be changed, to be set inside. */
type Container = Record<string, unknown> | unknown[];

/** Collects what an option given several times says; for commander. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/**
 * Applies `a.b=c` to a copy of plain options, in order. A value that is JSON is taken as that, any other as text; an entry of a
 * list is named by its number, from 0. What lies between is made where it is missing; whether a name is known is for the
 * schema to say.
 *
 * @throws LowbitError ('usage') no '=', a path through something that has no parts, an entry that the list does not have
 */
export function applySettings(options: object, settings: readonly string[] = []): Record<string, unknown> {
  const copy = copied(options) as Record<string, unknown>;
  for (const setting of settings) set(copy, setting);
  return copy;
}

/** The containers anew; a function or a class's object, which a config in TypeScript may hold, stays as it is. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copied(each)]));
}

function set(options: Record<string, unknown>, setting: string): void {
  const end = setting.indexOf('=');
  const path = setting.slice(0, end).split('.');
  if (end < 1 || path.includes('')) throw problem('a setting is a path and a value', setting, 'write --set a.b=value');
  let container: Container = options;
  path.forEach((key, i) => {
    const here = path.slice(0, i).join('.');
    if (Array.isArray(container) && !(/^\d+$/.test(key) && Number(key) <= container.length)) {
      throw problem(`'${here}' is a list of ${container.length}`, setting, 'name an entry by its number, from 0');
    }
    const inside = container as Record<string, unknown>;
    if (i === path.length - 1) return define(inside, key, parsed(setting.slice(end + 1)));
    const next = Object.hasOwn(inside, key) ? inside[key] : define(inside, key, {});
    if (typeof next !== 'object' || next === null) {
      const at = path.slice(0, i + 1).join('.');
      throw problem(`'${at}' is ${JSON.stringify(next)}, without parts`, setting, `set '${at}' itself`);
    }
    container = next as Container;
  });
}

/** Also where the key is '__proto__': then as a key like any other, for the schema to refuse. */
function define(container: object, key: string, value: unknown): unknown {
  Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function problem(what: string, received: string, hint: string): LowbitError {
  return new LowbitError('usage', { what, where: '--set', received, hint });
}
