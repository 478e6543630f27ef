/** What of Node is used, reached without imports that a bundler for the browser would stumble over. */
export interface NodeHost {
  /** Resolves and loads from where this package is installed. */
  readonly require: NodeJS.Require;
  readonly builtin: typeof process.getBuiltinModule;
}

/**
 * Node, or undefined in a browser.
 *
 * @param from the file or URL that packages are looked up from
 */
export function nodeHost(from: string = import.meta.url): NodeHost | undefined {
  if (typeof process === 'undefined' || !process.versions?.node || !process.getBuiltinModule) return undefined;
  return { require: process.getBuiltinModule('node:module').createRequire(from), builtin: process.getBuiltinModule };
}

/** The entry file of an installed package, or undefined. */
export function resolved({ require }: NodeHost, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

/** The version of an installed package, or undefined. */
export function versionOf({ require }: NodeHost, name: string): string | undefined {
  try {
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** Node 23 took away two functions that tfjs-node 4.22 calls. Puts them back where they are missing. */
export function restoreUtil({ builtin }: NodeHost): void {
  const util = builtin('node:util') as { isArray?: unknown; isNullOrUndefined?: unknown };
  util.isArray ??= Array.isArray;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
}
