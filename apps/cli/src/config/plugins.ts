import path from 'node:path';

/** Whether a config names a plugin by its path, and not as a package. */
export function isPath(name: string): boolean {
  return /^\.{1,2}[/\\]/.test(name) || path.isAbsolute(name);
}

/**
 * The plugins of a config as a run folder names them: paths that were relative to the config's folder become relative to
 * `to`, so that the run finds them again from wherever it is looked at.
 */
export function movedPlugins(plugins: readonly string[], from: string, to: string): string[] {
  return plugins.map((name) => (isPath(name) ? movedPath(name, from, to) : name));
}

/** A path that was relative to the folder `from`, relative to `to`; an absolute one stays. */
export function movedPath(given: string, from: string, to: string): string {
  if (path.isAbsolute(given)) return given;
  const moved = path.relative(to, path.resolve(from, given)).split(path.sep).join('/');
  return moved.startsWith('.') ? moved : `./${moved}`;
}
