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
  return plugins.map((name) => {
    if (!isPath(name) || path.isAbsolute(name)) return name;
    const moved = path.relative(to, path.resolve(from, name)).split(path.sep).join('/');
    return moved.startsWith('.') ? moved : `./${moved}`;
  });
}
