import { checkPlugin, LowbitError, Registry } from '@lowbit/plugin-api';
import { resolveModulePath } from 'exsolve';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPath } from './config/plugins.js';

/** What comes with the command, loaded as any other plugin is: what each package exports as its default. */
const BUILT_IN = {
  '@lowbit/quant-core': () => import('@lowbit/quant-core'),
  '@lowbit/shift-ops': () => import('@lowbit/shift-ops'),
  '@lowbit/schedules': () => import('@lowbit/schedules'),
  '@lowbit/data': () => import('@lowbit/data'),
  '@lowbit/models-sspq': () => import('@lowbit/models-sspq'),
  '@lowbit/training': () => import('@lowbit/training'),
  '@lowbit/lowering': () => import('@lowbit/lowering'),
};

/** The sources run as they are; then so do those of a plugin that lives in the same repository. */
const CONDITIONS = import.meta.url.endsWith('.ts') ? ['@lowbit/source', 'node', 'import'] : ['node', 'import'];

const HERE = { from: import.meta.url, conditions: CONDITIONS };

/**
 * A registry with what is built in and what a config names. It becomes the one that layers make their quantizers from.
 *
 * @param plugins names of packages, or paths that begin with '.' or '/'
 * @param folders where they are looked for, one after another: the config's folder first
 * @throws LowbitError ('plugin') a plugin that is not found, fails when imported, exports none, is for another API version, or
 *   brings a name that is taken
 */
export async function loadRegistry(
  plugins: readonly string[] = [],
  folders: readonly string[] = [],
): Promise<Registry> {
  const registry = new Registry();
  for (const [name, load] of Object.entries(BUILT_IN)) {
    registry.add((await load()).default, name, pathToFileURL(resolveModulePath(name, HERE)).href);
  }
  for (const name of plugins) await addPlugin(registry, name, folders);
  const { useRegistry } = await import('@lowbit/quant-core');
  useRegistry(registry);
  return registry;
}

async function addPlugin(registry: Registry, name: string, folders: readonly string[]): Promise<void> {
  const file = findPlugin(name, folders);
  const where = `plugin '${name}' (${shown(file)})`;
  const url = pathToFileURL(file).href;
  const module = await importPlugin(url, where);
  if (module.default === undefined) {
    const hint = 'a plugin is a module with: export default definePlugin({ name, apiVersion, … })';
    throw new LowbitError('plugin', { what: 'no default export', where, hint });
  }
  checkPlugin(module.default, where);
  registry.add(module.default, shown(file), url);
}

/** The file that a plugin's name stands for. */
function findPlugin(name: string, folders: readonly string[]): string {
  const from = folders.map((folder) => pathToFileURL(path.join(folder, 'config.js')));
  const file = resolveModulePath(name, { from, conditions: CONDITIONS, try: true, cache: false });
  if (file !== undefined) return file;
  const hint = isPath(name) ? 'the path is relative to the config' : `npm install ${name}`;
  throw new LowbitError('plugin', {
    what: `plugin '${name}' is not found`,
    where: folders.map(shown).join(', '),
    hint,
  });
}

async function importPlugin(url: string, where: string): Promise<{ default?: unknown }> {
  try {
    return (await import(url)) as { default?: unknown };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const hint =
      code === 'ERR_UNKNOWN_FILE_EXTENSION' ? 'this Node does not read TypeScript: compile it first' : undefined;
    throw new LowbitError('plugin', { what: `the plugin fails when imported: ${message}`, where, hint }, { cause });
  }
}

function shown(file: string): string {
  return path.relative('', file) || '.';
}
