import {
  checkPlugin,
  EXTENSION_KINDS,
  LowbitError,
  type ExtensionKind,
  type Plugin,
  type Registry,
} from '@lowbit/plugin-api';

/** A plugin, as another thread is told of it. */
export interface PluginModule {
  readonly name: string;
  readonly source: string;
  /** What the registry was told; else the package of the plugin's name is tried. */
  readonly module?: string;
  /** The names of all that it brings. */
  readonly contents: string;
}

/** How another thread finds a registry's plugins, in their order. */
export function pluginModules(registry: Registry): PluginModule[] {
  return registry.plugins().map(({ plugin, source, module }) => {
    return { name: plugin.name, source, module, contents: contentsOf(plugin) };
  });
}

/**
 * Imports a plugin in another thread.
 *
 * @throws LowbitError ('plugin') a module that cannot be imported, or that brings something else
 */
export async function importPlugin({ name, source, module, contents }: PluginModule): Promise<Plugin> {
  const specifier = module ?? name;
  try {
    const { default: plugin } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier)) as {
      default?: unknown;
    };
    checkPlugin(plugin, specifier);
    // not the object itself: this thread has its own copy
    if (contentsOf(plugin) !== contents) throw new Error(`'${specifier}' brings something else`);
    return plugin;
  } catch (cause) {
    const hint =
      module === undefined
        ? "make it the default export of a module, and say which: registry.add(plugin, 'my-plugin', new URL('./my-plugin.js', import.meta.url).href)"
        : 'the module that the registry was told must be one that Node itself can import, with the plugin as its default export';
    const what = `workers cannot import plugin '${name}': ${(cause as Error).message}`;
    throw new LowbitError('plugin', { what, where: source, hint }, { cause });
  }
}

function contentsOf(plugin: Plugin): string {
  const kinds = Object.keys(EXTENSION_KINDS) as ExtensionKind[];
  return JSON.stringify([plugin.name, ...kinds.map((kind) => Object.keys(plugin[kind] ?? {}).sort())]);
}
